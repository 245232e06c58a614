# SPDX-License-Identifier: GPL-3.0-or-later
"""The surface measure: on shapes known by formula, on files, and on a head that stands in for a scan."""

import json
from dataclasses import replace

import numpy as np
import pytest

from nets.capture.mesh_formats import METRES, export_obj, export_ply
from nets.errors import UnreadableError
from nets.lab.accuracy import scan as scan_check
from nets.lab.accuracy.evaluated_model import load_evaluated_model
from nets.lab.accuracy.figures import Section
from nets.lab.accuracy.scan import at_rest, camera_at, check_scan, face_points, render_scan
from nets.lab.accuracy.scan_files import MARKS, Scan, read_scan
from nets.lab.accuracy.scan_photos import Lamp, Shot, photograph
from nets.lab.accuracy.surface import Surface, distance_after_alignment, nearest_on_triangles
from nets.lab.synth.face import rotation_matrix
from nets.model.bundle import load_bundle
from nets.topology.face_model import FACE, HEAD_AND_NECK, LEFT_EYEBALL, RIGHT_EYEBALL, eyeball_centre, triangles_of
from nets.topology.landmark_vertices import VERTICES

MARKED = [36, 45, 30]


def egg_surface(egg) -> Surface:
    mesh = egg.mesh("medium")
    return Surface(egg.sample(mesh, egg.mean), mesh.triangles)


def test_nearest_point_is_inside_on_an_edge_or_at_a_corner():
    corners = np.array([[[0, 0, 0], [4, 0, 0], [0, 4, 0.0]]])
    points = np.array([[1, 1, 3], [1, -2, 2], [6, -1, 0], [3, 3, -1.0]])
    assert np.allclose(nearest_on_triangles(points, corners), [[1, 1, 0], [1, 0, 0], [4, 0, 0], [2, 2, 0]])


def test_distance_from_a_swollen_egg_is_the_swelling(egg):
    mesh = egg.mesh("medium")
    points = egg.sample(mesh, egg.mean)[::7].astype(float)
    normals = points / np.array([70, 95, 85.0]) ** 2
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    swollen = points + 2 * normals
    distance = np.linalg.norm(egg_surface(egg).nearest(swollen) - swollen, axis=1)
    assert np.median(distance) == pytest.approx(2, abs=0.02)


def test_alignment_takes_away_place_size_and_turn_but_not_shape(egg):
    points = egg.sample(egg.mesh("medium"), egg.mean)[::5].astype(float)
    moved = 1.08 * points @ rotation_matrix(0.08, -0.06, 0.05).T + (4, -3, 5)
    assert distance_after_alignment(egg_surface(egg), moved).mean() < 0.15
    flatter = points * (1, 1, 0.8)
    assert 0.5 < distance_after_alignment(egg_surface(egg), flatter).mean() < 10


def test_scans_are_read_from_our_own_obj_and_ply(egg_face, tmp_path):
    expected = egg_face.canonical_vertices() * METRES
    marks = expected[[10, 20, 30]]
    for export in (export_obj, export_ply):
        path = export(egg_face, tmp_path / "face")
        with pytest.raises(UnreadableError, match="right_eye"):
            read_scan(path)
        path.with_suffix(".json").write_text(json.dumps(dict(zip(MARKS, marks.tolist(), strict=True))))
        scan = read_scan(path)
        path.with_suffix(".json").unlink()
        assert np.allclose(scan.marks, marks)
        assert len(scan.triangles) == 2 * len(egg_face.quads)
        corners = np.sort(scan.vertices[scan.triangles].reshape(-1, 9), 0)
        assert np.allclose(corners, np.sort(expected[egg_face.triangles].reshape(-1, 9), 0), atol=1e-5)


def stand_in(model) -> Scan:
    """A head of the face model with a stranger's shape, painted by hand."""
    weights = np.random.default_rng(900_002).standard_normal(100).astype(np.float32)
    vertices = model.shape(weights, np.zeros(len(model.expression), np.float32))
    first = model.faces[:, 0]
    outside = (model.faces < HEAD_AND_NECK.stop).all(1) | (first >= LEFT_EYEBALL.start)
    triangles = triangles_of(model.faces[outside & (first < RIGHT_EYEBALL.stop)])
    colours = np.full((len(vertices), 3), (205, 155, 130), np.uint8)
    landmarks = vertices[VERTICES]

    def near(places: np.ndarray, radius: float) -> np.ndarray:
        return np.linalg.norm(vertices[FACE][:, None] - places, axis=2).min(1) < radius

    colours[FACE][near(landmarks[17:27], 5)] = 60, 40, 30
    colours[FACE][near(landmarks[48:68], 4)] = 170, 80, 80
    for eyeball in (LEFT_EYEBALL, RIGHT_EYEBALL):
        ball = vertices[eyeball] - eyeball_centre(vertices, eyeball)
        colours[eyeball] = 235
        colours[eyeball][np.hypot(ball[:, 0], ball[:, 1]) < 6] = 40, 30, 25
    return Scan(vertices, triangles, landmarks[MARKED].astype(float), colours)


def test_the_true_map_lies_on_the_face_that_is_measured(ict_face_model, ict_chart):
    head = stand_in(ict_face_model)
    layout = load_bundle().layout
    scan = at_rest(head, layout.landmarks_of(layout.mean))
    mesh = layout.mesh("medium")
    surface = Surface(layout.sample(mesh, ict_chart.position_map(head.vertices)), mesh.triangles)
    assert distance_after_alignment(surface, face_points(scan)).mean() < 0.35  # millimetres, of texels 1.5 mm apart


def test_a_head_in_any_frame_is_brought_to_rest_and_measured(ict_face_model, tmp_path, monkeypatch):
    head = stand_in(ict_face_model)
    evaluated = load_evaluated_model("compact", "auto", "cpu", "auto")
    elsewhere = 0.01 * head.vertices @ rotation_matrix(1.0, 0.5, 2.0).T + (3, 4, 5)
    marks = 0.01 * head.marks @ rotation_matrix(1.0, 0.5, 2.0).T + (3, 4, 5)
    path = tmp_path / "head.npz"
    named = dict(zip(MARKS, marks, strict=True))
    np.savez(path, vertices=elsewhere, triangles=head.triangles, colours=head.colours, **named)

    scan = at_rest(read_scan(path), evaluated.mean_landmarks)
    face = np.linalg.norm(scan.vertices[VERTICES] - evaluated.mean_landmarks, axis=1)
    assert np.median(face) < 8  # millimetres: a stranger's face, but in place
    points = face_points(scan)
    assert 1000 < len(points) <= 4000
    picture = render_scan(scan, camera_at(0))
    assert picture.shape == (512, 512, 3)

    monkeypatch.setattr(scan_check, "YAWS", (-30, 0))
    section = check_scan(evaluated, path)
    assert isinstance(section, Section)
    value = {figure.name: figure.value for figure in section.figures}
    assert value["pictures without a face found"] == 0
    assert 0.5 < value["surface error"] < 5
    assert 0.5 < value["surface error, mean face"] < 6
    assert value["surface error"] < value["surface error as placed"] < 12
    assert value["surface error"] == pytest.approx(
        (value["surface error at yaw ±0"] + value["surface error at yaw ±30"]) / 2
    )


def test_a_lamp_from_the_side_casts_the_noses_shadow():
    v = np.array([[-80, -100, 0], [80, -100, 0], [80, 60, 0], [-80, 60, 0], [0, -60, 0], [0, 20, 0], [0, -20, 45.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3], [4, 6, 5], [4, 5, 6]], np.int32)  # a wall with a fin on it
    scan = Scan(v, triangles, np.zeros((3, 3)), np.full((len(v), 3), 150, np.uint8))
    side = Lamp((1, 0, 1), strength=0.6, ambient=0.3)
    plain, shadowed = (photograph(scan, Shot(0, lamp=replace(side, shadows=on)), 128) for on in (False, True))
    darker = (plain.astype(int) - shadowed)[..., 0] > 30
    columns = np.nonzero(darker)[1]
    assert 20 < darker.sum() < 2000 and columns.max() < 64  # on the side away from the lamp only
