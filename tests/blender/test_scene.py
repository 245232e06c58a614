# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of known geometry: where they end up, seen through Blender's own camera."""

import math
import resource
import struct
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

from blender_prnet.data.face import VERTEX_MEASURES, CapturedFace, Pose
from blender_prnet.data.png import encode_png
from blender_prnet.scene.camera import before_lens, camera_of, frame_photo
from blender_prnet.scene.capture import SceneBuilder
from blender_prnet.scene.corrections import Corrections
from blender_prnet.scene.head import head_of
from blender_prnet.scene.lens import lens_of
from blender_prnet.scene.recapture import recapture
from nets.interface.perspective import Camera, PerspectivePose
from tests.blender.known_head import EYES, canonical_head, rotation


def make_face(path, image_size, scale, angles, centre, focal=None, index=0):
    canonical, quads, uv = canonical_head()
    pose = Pose(scale, rotation(*angles), np.array([*centre, 3.0]))
    if focal:
        camera = Camera.of_photo(focal, image_size)
        pose = PerspectivePose(camera, pose.scale, pose.rotation, pose.translation)
        vertices = pose.apply(canonical)
    else:
        vertices = scale * canonical @ pose.rotation.T + pose.translation
    vertices += np.random.default_rng(1).normal(0, 0.01 * scale, vertices.shape)  # no fit is perfect
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[0] = 255, 0, 0  # v = 1
    return CapturedFace(
        vertices.astype(np.float32), quads, uv, encode_png(texture), pose, image_size, str(path), index,
        box=(1.0, 2.0, 3.0, 4.0), confidence=0.875, residual=0.5, model="compact", engine="torch", frame=0,
        landmarks=vertices[:68].astype(np.float32), gaze=np.zeros((2, 2), np.float32), expressions={"jawOpen": 0.5},
        measures={name: np.linspace(0, 1, len(vertices), dtype=np.float32) for name in VERTEX_MEASURES},
    )  # fmt: skip


@pytest.fixture
def photo(tmp_path):
    """Writes a photo of the given size; its path."""

    def make(width, height, name="photo", kind="PNG"):
        path = tmp_path / f"{name}.{kind.lower()}"
        image = bpy.data.images.new(name, width, height)
        image.filepath_raw, image.file_format = str(path), kind
        image.save()
        bpy.data.images.remove(image)
        return path

    return make


def projected(collection, face):
    """(N, 2): where Blender's camera sees the mesh's vertices, in the photo's pixels, centres at integers."""
    scene, head = bpy.context.scene, head_of(collection)
    camera = camera_of(head)
    frame_photo(scene, camera, face.image_size)
    bpy.context.view_layer.update()
    seen = [world_to_camera_view(scene, camera, head.matrix_world @ vertex.co) for vertex in head.data.vertices]
    width, height = face.image_size
    return np.array([[x * width - 0.5, (1 - y) * height - 0.5] for x, y, _ in seen])


CASES = [((640, 480), 1.8, (0.5, -0.2, 0.1), (300.0, 250.0)), ((480, 853), 0.7, (-1.3, 0.3, -0.6), (60.0, 700.0))]
NEAR = [(*CASES[0], 720.0), (*CASES[1], 500.0), ((640, 480), 1.2, (0.3, 0.1, 0), (80.0, 400.0), 900.0)]


@pytest.mark.parametrize("moves", ["head", "camera"])
@pytest.mark.parametrize("case", [*CASES, *NEAR], ids=["wide", "high", "wide near", "high near", "aside"])
def test_the_camera_sees_the_mesh_where_the_photo_shows_the_face(photo, moves, case):
    face = make_face(photo(*case[0]), *case)
    collection = SceneBuilder(moves).add(bpy.context.scene, face)
    assert np.abs(projected(collection, face) - face.vertices[:, :2]).max() < 0.01


@pytest.mark.parametrize("fit", ["AUTO", "HORIZONTAL", "VERTICAL"])
@pytest.mark.parametrize("case", [*CASES, *NEAR[:2]], ids=["wide", "high", "wide near", "high near"])
def test_places_of_the_photo_are_before_the_lens_where_the_camera_shows_them(photo, case, fit):
    face = make_face(photo(*case[0]), *case)
    camera = camera_of(head_of(SceneBuilder("camera").add(bpy.context.scene, face)))
    if len(case) > 4:
        camera.data.sensor_fit = fit  # as a user may have set it
    width, height = face.image_size
    places = np.array([[0, 0], [width - 1, 20], [100.5, height]])
    frame_photo(bpy.context.scene, camera, face.image_size)
    bpy.context.view_layer.update()
    points = before_lens(camera.data, face.image_size, places)
    seen = [world_to_camera_view(bpy.context.scene, camera, camera.matrix_world @ Vector(point)) for point in points]
    shown = [[x * width - 0.5, (1 - y) * height - 0.5] for x, y, _ in seen]
    np.testing.assert_allclose(shown, places, atol=0.02)


@pytest.mark.parametrize("moves", ["head", "camera"])
@pytest.mark.parametrize("case", NEAR)
def test_a_photo_s_lens_is_the_camera_s_and_heads_are_life_size_where_they_were(photo, moves, case):
    group = photo(*case[0])
    first = make_face(group, *case)
    small = make_face(group, case[0], case[1] / 3, (0.2, 0, 0), (500.0, 100.0), case[-1], index=1)
    for one_per in ("face", "photo"):
        builder = SceneBuilder(moves, one_per=one_per)
        for face in (first, small):
            collection = builder.add(bpy.context.scene, face)
            head = bpy.data.objects[builder.head_name]
            camera = camera_of(head)
            bpy.context.view_layer.update()
            assert camera.data.type == "PERSP" and tuple(head.scale) == pytest.approx((1, 1, 1))
            assert camera.data.lens == pytest.approx(36 * case[-1] / max(case[0]), rel=1e-6)
            away = (head.matrix_world.translation - camera.matrix_world.translation).length
            assert away == pytest.approx(face.pose.distance / 1000, rel=1e-5)
            depth = -(camera.matrix_world.inverted() @ head.matrix_world.translation).z
            assert camera.data.clip_start < depth - 0.2 and depth + 0.2 < camera.data.clip_end
            vertices = np.array([vertex.co for vertex in head.data.vertices])
            assert np.abs(vertices[:2] - EYES @ [[0.001, 0, 0], [0, 0, 0.001], [0, -0.001, 0]]).max() < 2e-4
    assert collection.name in bpy.context.scene.collection.children


def test_an_earlier_file_s_camera_stays_orthographic_and_takes_a_lens(photo):
    path = photo(640, 480)
    flat, near = make_face(path, *CASES[0]), make_face(path, *NEAR[0])
    collection = SceneBuilder("head").add(bpy.context.scene, flat)
    head, settings = head_of(collection), bpy.context.scene.prnet.lens
    assert lens_of(head, settings) == "orthographic"
    recapture(bpy.context.scene, head, replace(flat, vertices=flat.vertices + 7), Corrections.of(head))
    assert camera_of(head).data.type == "ORTHO"
    settings.kind, settings.length = "sensor", 40
    assert lens_of(head, settings) == "40mm/36"
    for moves in ("head", "camera"):
        head["prnet_moves"] = moves
        recapture(bpy.context.scene, head, near, Corrections.of(head))
        assert np.abs(projected(collection, near) - near.vertices[:, :2]).max() < 0.01
    settings.kind = "auto"
    assert lens_of(head, settings) == "720.000px"
    camera_of(head).data.lens *= 2  # as a user would try another lens
    assert lens_of(head, settings) == "1440.000px"


@pytest.mark.parametrize("moves", ["head", "camera"])
def test_photos_in_a_row_and_faces_of_one_photo_stay_on_their_photos(photo, moves):
    group, single = photo(800, 400, "group"), photo(300, 500, "single")
    faces = [
        make_face(group, (800, 400), 1.5, (0.4, 0.1, 0.0), (200.0, 200.0)),
        make_face(group, (800, 400), 0.9, (-0.4, 0.0, 0.2), (600.0, 180.0), index=1),
        make_face(single, (300, 500), 1.1, (0.0, 0.0, 0.0), (150.0, 220.0)),
    ]
    builder = SceneBuilder(moves)
    collections = [builder.add(bpy.context.scene, face) for face in faces]
    for collection, face in zip(collections, faces, strict=True):
        assert np.abs(projected(collection, face) - face.vertices[:, :2]).max() < 0.01
    cameras = [camera_of(head_of(collection)) for collection in collections]
    assert np.allclose(cameras[0].matrix_world, cameras[1].matrix_world)
    heads = [head_of(collection) for collection in collections]
    assert [round(head.scale.x, 4) for head in heads] == [1.0, 0.6, 1.0]
    if moves == "head":
        right_edge = cameras[0].location.x + cameras[0].data.ortho_scale / 2
        left_edge = cameras[2].location.x - cameras[2].data.ortho_scale / 2 * 300 / 500
        assert left_edge == pytest.approx(right_edge)


@pytest.mark.parametrize("moves", ["head", "camera"])
def test_heads_are_life_size_whatever_the_scene_s_unit(photo, moves):
    bpy.context.scene.unit_settings.scale_length = 0.01  # a Blender unit is a centimetre
    path = photo(*CASES[0][0])
    face, turned = make_face(path, *CASES[0]), make_face(path, (640, 480), 2.0, (0.1, 0.2, 0.3), (330.0, 260.0))
    builder = SceneBuilder(moves)
    builder.add(bpy.context.scene, make_face("another.png", *CASES[1]))
    collection = builder.add(bpy.context.scene, face)
    head = head_of(collection)
    assert head.dimensions.z == pytest.approx(21.8, abs=0.5) and tuple(camera_of(head).scale) == pytest.approx(
        (1, 1, 1)
    )
    assert np.abs(projected(collection, face) - face.vertices[:, :2]).max() < 0.01
    assert camera_of(head).data.clip_end == pytest.approx(190)
    bpy.context.scene.unit_settings.scale_length = 1.0  # what is there keeps its size, and takes corrections
    recapture(bpy.context.scene, head, turned, Corrections.of(head))
    assert np.abs(projected(collection, turned) - turned.vertices[:, :2]).max() < 0.01
    assert tuple(head.scale) == pytest.approx((100, 100, 100), rel=1e-4)


@pytest.mark.parametrize("moves", ["head", "camera"])
def test_mesh_data_is_the_upright_head_in_metres(photo, moves):
    face = make_face(photo(640, 480), *CASES[0])
    collection = SceneBuilder(moves).add(bpy.context.scene, face)
    head = head_of(collection)
    camera = camera_of(head)
    left, right = (head.data.vertices[index].co for index in (0, 1))
    assert (right - left).length == pytest.approx(0.062, abs=2e-4)
    assert right.x > 0 > left.x
    nose = max(head.data.vertices, key=lambda vertex: -vertex.co.y)
    assert nose.co.y == pytest.approx(-0.095, abs=1e-3)  # the face looks along -y, as Blender's front view expects
    crown = max(head.data.vertices, key=lambda vertex: vertex.co.z)
    assert crown.co.z > 0.1
    assert (nose.normal.y < -0.9) and crown.normal.z > 0.5
    assert tuple(head.scale) == pytest.approx((1, 1, 1), abs=1e-6)
    still, moved = (camera, head) if moves == "head" else (head, camera)
    upright = (math.pi / 2, 0, 0) if still is camera else (0, 0, 0)
    assert tuple(still.rotation_euler) == pytest.approx(upright, abs=1e-6)
    assert np.abs(np.array(moved.rotation_euler) - (upright[0] + math.pi / 2) % math.pi).max() > 0.1


def test_texture_is_packed_and_right_way_up(photo):
    head = head_of(SceneBuilder("head").add(bpy.context.scene, make_face(photo(640, 480), *CASES[0])))
    nodes = head.active_material.node_tree.nodes
    skin = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    image = skin.inputs["Base Color"].links[0].from_node.image
    assert image.packed_file and not image.is_dirty
    image.reload()  # from the packed file
    pixels = np.array(image.pixels).reshape(64, 64, 4)
    assert np.allclose(pixels[-1], (1, 0, 0, 1)) and np.allclose(pixels[:-1], (0, 0, 0, 1))
    assert all(polygon.use_smooth for polygon in head.data.polygons)


def test_photo_is_referenced_behind_the_head(photo):
    path = photo(640, 480)
    face = make_face(path, *CASES[0])
    builder = SceneBuilder("head")
    cameras = [camera_of(head_of(builder.add(bpy.context.scene, replace(face, index=index)))) for index in (0, 1)]
    for camera in cameras:
        (background,) = camera.data.background_images
        assert camera.data.show_background_images and background.frame_method == "FIT"
        assert background.display_depth == "BACK" and background.alpha == 1
        assert bpy.path.abspath(background.image.filepath) == str(path)
        assert not background.image.packed_file
    assert cameras[0].data.background_images[0].image == cameras[1].data.background_images[0].image


def test_what_is_known_of_a_face_is_kept(photo):
    path = photo(640, 480)
    collection = SceneBuilder("head").add(bpy.context.scene, make_face(path, *CASES[0]))
    head = head_of(collection)
    assert collection.name == "photo_0"
    assert bpy.path.abspath(head["prnet_source"]) == str(path)
    assert list(head["prnet_box"]) == [1, 2, 3, 4]
    assert (head["prnet_confidence"], head["prnet_residual"], head["prnet_frame"]) == (0.875, 0.5, 0)
    assert (head["prnet_model"], head["prnet_engine"]) == ("compact", "torch")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("tag", [1, 3, 6, 8])
def test_exif_orientation_turns_the_background(photo, order, tag):
    """A photo held on its side: stored 640 x 480, upright 480 x 640 (tags 6 and 8)."""
    path = photo(640, 480, kind="JPEG")
    path.write_bytes(with_orientation(path.read_bytes(), order, tag))
    turn = {1: 0.0, 3: math.pi, 6: math.pi / 2, 8: -math.pi / 2}[tag]
    size = (480, 640) if tag in (6, 8) else (640, 480)
    face = make_face(path, size, 1.0, (0.0, 0.0, 0.0), (240.0, 240.0))
    camera = camera_of(head_of(SceneBuilder("head").add(bpy.context.scene, face)))
    background = camera.data.background_images[0]
    assert background.rotation == pytest.approx(turn)
    assert background.scale == pytest.approx(640 / 480 if tag in (6, 8) else 1)


def with_orientation(jpeg, order, tag):
    """The file with an EXIF block put first."""
    tiff = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, 8)
    tiff += struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, tag, 0, 0)
    exif = b"Exif\0\0" + tiff
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def test_heads_of_one_topology_share_it_and_keep_their_own_shape(photo):
    """A head like the last costs its vertices and their measures; edges, corners and UVs, most of it, are shared."""
    wide = make_face(photo(640, 480), *CASES[0])
    row, column = np.mgrid[:299, :299]
    corner = (row * 300 + column).reshape(-1, 1)
    quads = np.concatenate([corner, corner + 300, corner + 301, corner + 1], 1).astype(np.int32)
    vertices = np.random.default_rng(2).normal(200, 50, (300 * 300, 3)).astype(np.float32)
    measures = dict.fromkeys(VERTEX_MEASURES, vertices[:, 0])
    face = replace(wide, vertices=vertices, quads=quads, uv=vertices[:, :2] / 400, measures=measures)
    builder = SceneBuilder("head")
    first = head_of(builder.add(bpy.context.scene, face))
    before, extent = memory(), first.dimensions.copy()
    for index in range(1, 11):
        last = head_of(builder.add(bpy.context.scene, replace(face, vertices=face.vertices * 1.5, index=index)))
    assert memory() - before < 10 * 32 * len(vertices)  # 24 bytes each; a mesh of its own takes over 90
    bpy.context.view_layer.update()
    assert tuple(last.dimensions) == pytest.approx(1.5 * extent, rel=1e-3)
    assert tuple(first.dimensions) == pytest.approx(extent, rel=1e-6)
    assert len(last.data.materials) == 1 and last.data.materials[0] != first.data.materials[0]


def memory():
    """Bytes that this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_an_image_that_was_deleted_while_the_job_ran_is_no_background(photo):
    face = make_face("painted", *CASES[0])
    head = head_of(SceneBuilder("head", image_names={"painted": "deleted image"}).add(bpy.context.scene, face))
    assert not camera_of(head).data.background_images
