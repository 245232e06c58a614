# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a captured face: an egg whose depth, normals and places on the mean face are known by formula."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest
import scipy.io

from nets.capture.picture_formats import DEPTH_MIDDLE, DEPTH_STEP, FULL, PICTURE_FORMATS, FacePictures
from nets.geometry.seen_mesh import NOTHING, SeenMesh, coordinate_bounds
from nets.geometry.uv_layout import SIZE, bilinear
from nets.interface.perspective import Camera, PerspectivePose
from tests.nets.conftest import RADII

TURN = np.array([[0.8, 0, 0.6], [0, -1, 0], [0.6, 0, -0.8]])  # camera space: yaw to the viewer's right


@pytest.fixture(scope="session")
def near_egg(egg, egg_face) -> FacePictures:
    """The egg 500 mm before a camera, in a photo of 300 x 280."""
    camera = Camera.of_photo(600.0, (300, 280))
    pose = PerspectivePose.in_photo(camera, TURN, np.array([20.0, -10, 500]))
    position_map = pose.apply(egg.mean).astype(np.float32)
    mesh = egg.mesh("medium")
    face = replace(
        egg_face,
        position_map=position_map,
        vertices=egg.sample(mesh, position_map),
        camera=np.array([600, *camera.centre], np.float32),
        camera_known=np.uint8(3),
        perspective_scale=np.float32(pose.scale),
        perspective_rotation=pose.rotation.astype(np.float32),
        perspective_translation=pose.translation.astype(np.float32),
        image_size=np.array([300, 280], np.int32),
    )
    return FacePictures(face, egg)


@pytest.fixture(scope="session")
def written(near_egg, tmp_path_factory):
    """All files of the egg, by what follows its name."""
    folder = tmp_path_factory.mktemp("pictures")
    for export in PICTURE_FORMATS.values():
        assert export(near_egg, folder / "egg").is_file()
    return {path.name.removeprefix("egg_"): path for path in folder.iterdir()}


def on_the_egg(shape):
    """Where the rays of the pixels meet the egg: depth (H, W) metres and normals (H, W, 3), NaN beside it."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    rays = Camera.of_photo(600.0, (300, 280)).rays(np.stack([x, y], -1)) @ TURN / RADII
    origin = -np.array([20.0, -10, 500]) @ TURN / RADII
    a, b, c = (rays**2).sum(-1), rays @ origin, origin @ origin - 1
    with np.errstate(invalid="ignore"):
        depth = (-b - np.sqrt(b * b - a * c)) / a
    normals = ((origin + depth[..., None] * rays) / RADII) @ TURN.T
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return depth / 1000, normals * (1, -1, -1)


def read(path):
    return cv2.cvtColor(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGR2RGB)


def test_depth_is_the_distance_from_the_camera_in_metres(written, near_egg):
    code = "import cv2, sys, numpy as np; np.save(sys.argv[2], cv2.imread(sys.argv[1], cv2.IMREAD_UNCHANGED))"
    saved = written["depth.exr"].with_suffix(".npy")  # OpenCV reads EXR only in a process that asks for it
    environment = {**os.environ, "OPENCV_IO_ENABLE_OPENEXR": "1"}
    subprocess.run([sys.executable, "-c", code, written["depth.exr"], saved], env=environment, check=True)
    depth, true = np.load(saved), on_the_egg((280, 300))[0]
    shown = depth < NOTHING
    assert np.nanmax(np.abs(depth - true)[shown & ~np.isnan(true)]) < 1e-3
    assert np.nanmedian(np.abs(depth - true)[shown]) < 2e-5
    assert (depth[~shown] == NOTHING).all()

    coded = cv2.imread(str(written["depth.png"]), cv2.IMREAD_UNCHANGED)
    assert coded.dtype == np.uint16 and np.array_equal(coded > 0, shown)
    assert np.allclose((coded[shown].astype(float) - DEPTH_MIDDLE) * DEPTH_STEP + 0.5, depth[shown], atol=DEPTH_STEP)


def test_normals_are_those_of_the_surface(written, near_egg):
    normals = read(written["normals.png"]) / FULL * 2 - 1
    true = on_the_egg((280, 300))[1]
    inner = cv2.erode(near_egg.seen.raster.mask.astype(np.uint8), np.ones((9, 9))) > 0
    cosine = (normals * true).sum(-1)[inner]
    assert np.nanmin(cosine) > np.cos(np.radians(3))
    assert (read(written["normals.png"])[~near_egg.seen.raster.mask] == 0).all()


def test_pncc_decodes_to_the_texel_that_a_pixel_shows(written, near_egg):
    low, high = coordinate_bounds(near_egg.layout)
    raster = near_egg.seen.raster
    decoded = (read(written["pncc.png"]) / FULL * (high - low) + low)[raster.mask]
    row, column = ((raster.interpolate(near_egg.face.uv) * (1, -1) + (0, 1)) * SIZE - 0.5)[:, ::-1].T
    apart = np.linalg.norm(decoded - bilinear(near_egg.layout.mean, row, column), axis=1)
    pitch = np.linalg.norm(
        bilinear(near_egg.layout.mean, row + 1, column) - bilinear(near_egg.layout.mean, row, column), axis=1
    )
    assert (apart < 0.5 * pitch).all()


def test_the_position_map_is_read_back_from_its_picture(written, near_egg):
    coded = read(written["position.png"])
    places = (coded / FULL - (0, 0, 0.5)) * 300
    mask = near_egg.layout.mask & (near_egg.face.position_map > -150).all(-1)
    assert np.allclose(places[mask], near_egg.face.position_map[mask], atol=0.01)
    assert (coded[~near_egg.layout.mask] == 0).all()


def test_landmarks_and_pose_are_figures_to_read(written, near_egg):
    landmarks = near_egg.face.landmarks68
    assert np.allclose(np.loadtxt(written["landmarks.txt"]), landmarks, atol=1e-3)
    assert np.array_equal(scipy.io.loadmat(written["landmarks.mat"])["landmarks"], landmarks)
    pose = json.loads(written["pose.json"].read_text())
    assert np.allclose(pose["camera_translation"], (20, -10, 500), atol=0.01)
    assert np.allclose(pose["camera_rotation"], TURN, atol=1e-4)
    assert pose["camera"]["known"] == "given"


def test_the_symmetric_mesh_is_its_own_mirror_image(near_egg, tmp_path):
    """Of an egg with a dent on one side, the mean of both sides is left."""
    position_map = near_egg.face.position_map.copy()
    dent = near_egg.face.pose.undo(position_map)
    dent[100:150, 150:200] *= 0.8
    dented = replace(near_egg.face, position_map=near_egg.face.pose.apply(dent).astype(np.float32))
    path = PICTURE_FORMATS["symmetric"](FacePictures(dented, near_egg.layout), tmp_path / "egg")
    rows = [line.split()[1:] for line in path.read_text().splitlines() if line.startswith("v ")]
    vertices = 1000 * np.array(rows, float)[:, :3]
    radius = np.linalg.norm(vertices / RADII, axis=1)
    column = near_egg.face.uv[:, 0] * SIZE - 0.5
    row = (1 - near_egg.face.uv[:, 1]) * SIZE - 0.5
    for left, right in ((155, 195), (60, 100)):
        inside = (column > left) & (column < right) & (row > 105) & (row < 145)
        assert np.allclose(radius[inside], 0.9, atol=1e-3)


def test_without_perspective_depth_counts_from_a_plane_a_metre_before_the_head(egg_face, egg):
    depth = FacePictures(egg_face, egg).seen.depth()
    assert depth[50, 60] == pytest.approx(1 - RADII[2] / 1000, abs=1e-3)


def test_what_is_behind_the_camera_is_not_shown():
    corners = np.array([[0, 0, -1], [9, 0, -1], [0, 9, -1]], np.float32)
    mesh = SeenMesh(corners[:, :2], corners, np.array([[0, 1, 2]]), (10, 10), True)
    assert not mesh.raster.mask.any()
