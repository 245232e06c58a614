# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic faces: what is drawn is what the truth says."""

import cv2
import numpy as np
import pytest

from nets.commands import run_command
from nets.lab.commands import synth
from nets.lab.synth.body import Posture
from nets.lab.synth.buffer import Buffer, draw_records, record_of_size, shard_path, to_record, write_shard
from nets.lab.synth.camera_degradation import degrade
from nets.lab.synth.face import STORED_SIZE, Camera, SyntheticFace, rotation_matrix
from nets.lab.synth.follicles import HEAD_CENTRE, RadiusTable, over_head
from nets.lab.synth.light import draw_light
from nets.lab.synth.series import draw_series
from nets.lab.synth.strands import Strands, draw_strands, grow
from nets.topology import landmark_vertices as landmark_places
from nets.topology.face_model import HEAD_AND_NECK


def landmarks_in_image(face: SyntheticFace) -> np.ndarray:
    return face.camera.project(face.landmarks)


@pytest.mark.parametrize(
    ("angles", "axis", "sign"),
    [((0.5, 0, 0), 0, 1), ((-0.5, 0, 0), 0, -1), ((0, 0.5, 0), 1, -1), ((0, -0.5, 0), 1, 1)],
)
def test_a_turned_face_points_its_nose_that_way(face_model, angles, axis, sign):
    """In the image (y down): yaw > 0 to the right, pitch > 0 up."""
    places = Camera(rotation_matrix(*angles), 1.0, 0.0, np.zeros(2)).project(face_model.neutral)
    nose, eyes = places[face_model.landmarks68[30]], places[face_model.landmarks68[36:48]].mean(0)
    straight = Camera(np.eye(3), 1.0, 0.0, np.zeros(2)).project(face_model.neutral)[face_model.landmarks68[30]]
    assert (nose[axis] - straight[axis]) * sign > 10
    assert nose[2] > eyes[2]


def test_same_seed_same_face_and_other_seed_other_face(generator):
    one, again, other = (to_record(generator.draw(np.random.default_rng(seed))) for seed in (3, 3, 4))
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()


def test_landmarks_fill_the_crop_and_visible_texels_lie_on_the_face(generator):
    rng = np.random.default_rng(5)
    for _ in range(8):
        face = generator.draw(rng)
        places = landmarks_in_image(face)
        side = 1.6 * np.ptp(places[:, :2], axis=0).mean()
        assert 0.9 < STORED_SIZE / (1.35 * side) < 1.1
        assert 0.1 < face.visible.mean() < 0.95
        assert abs(np.linalg.det(face.camera.rotation) - 1) < 1e-5


def test_the_map_s_landmarks_are_the_stored_landmarks(generator):
    face = generator.draw(np.random.default_rng(6))
    nearest = np.linalg.norm(face.canonical.reshape(-1, 3)[None] - face.landmarks[:, None], axis=2).min(1)
    assert np.median(nearest) < 3  # millimetres, on a grid of 64 x 64


def test_a_picture_without_a_face_is_marked(generator):
    record = to_record(generator.draw_empty(np.random.default_rng(0)))
    assert not record["is_face"]
    assert record["image"].std() > 1


def test_shards_appear_whole_and_are_the_same_when_made_again(generator, tmp_path):
    written = np.load(write_shard(generator, tmp_path, 7, count=6))
    assert written.dtype == record_of_size(STORED_SIZE)
    assert [path.name for path in tmp_path.iterdir()] == [shard_path(tmp_path, 7).name]
    assert written.tobytes() == draw_records(generator, 7, 6).tobytes()
    reader = Buffer(tmp_path)
    assert reader.refresh() == 6
    write_shard(generator, tmp_path, 8, count=6)
    assert reader.refresh() == 12
    assert reader.sample(np.random.default_rng(0), 5).shape == (5,)


def test_shards_of_two_sizes_lie_in_one_folder(generator, fine_generator, tmp_path):
    for drawing in (generator, fine_generator):
        write_shard(drawing, tmp_path, 0, count=2)
    for size in (160, 320):
        buffer = Buffer(tmp_path, size)
        assert buffer.refresh() == 2
        assert buffer.sample(np.random.default_rng(0), 1)["image"].shape == (1, size, size, 3)


def test_larger_pictures_show_the_same_more_sharply(generator, fine_generator):
    def detail(picture: np.ndarray) -> float:
        return float(cv2.Laplacian(picture.astype(np.float32), cv2.CV_32F).std())

    rng = np.random.default_rng
    faces = zip(*(draw_series(drawing, rng(2), 4) for drawing in (generator, fine_generator)), strict=True)
    for small, large in faces:
        assert np.abs(small.camera.resized(2).project(small.landmarks) - landmarks_in_image(large)).max() < 0.01
        shrunk = cv2.resize(large.image, (160, 160), interpolation=cv2.INTER_AREA)
        assert np.abs(shrunk.astype(int) - small.image).mean() < 4
        enlarged = cv2.resize(small.image, (320, 320), interpolation=cv2.INTER_CUBIC)
        assert detail(large.image) > 1.5 * detail(enlarged)


def test_contact_sheet_shows_every_face(generator, face_model_file, tmp_path, monkeypatch):
    monkeypatch.setattr(synth, "FaceGenerator", lambda _: generator)  # made once
    options = ["--count", "5", "--out", str(tmp_path), "--face-model", str(face_model_file)]
    assert run_command(["synth", *options]) == 0
    sheet = cv2.imread(str(tmp_path / "faces-000.png"))
    assert sheet.shape == (2 * STORED_SIZE, 16 * STORED_SIZE, 3)


def test_a_bent_neck_leaves_the_face_where_it_is(face_model):
    posture = Posture(rotation_matrix(0.6, 0.3, 0.1), girth=1.2, chin=15)
    head = face_model.neutral[: HEAD_AND_NECK.stop]
    moved = np.linalg.norm(posture.bend(head) - head, axis=1)
    assert moved[landmark_places.VERTICES].max() < 1.5  # millimetres
    assert moved[head[:, 1] < -200].min() > 15


def test_strands_lie_on_the_head_and_fall(face_model):
    table = RadiusTable(face_model.neutral, np.arange(HEAD_AND_NECK.stop)).table(face_model.neutral)
    azimuth = np.linspace(-3, 3, 40)
    roots = over_head(table, azimuth, np.full(40, 1.0), 0)
    out = (roots - HEAD_CENTRE) / np.linalg.norm(roots - HEAD_CENTRE, axis=1, keepdims=True)
    points = grow(roots, out, out * (1, 0, 1), np.full(40, 150), np.full(40, 5), table, np.array([0, -1, 0]), 2.0, 12)
    np.testing.assert_allclose(np.linalg.norm(np.diff(points, axis=1), axis=2).sum(1), 150, rtol=0.35)
    assert (points[:, -1, 1] < points[:, 0, 1] - 60).all()
    far = points[:, 3:].reshape(-1, 3) - HEAD_CENTRE
    radius = np.linalg.norm(far, axis=1)
    elevation = np.arcsin(far[:, 1] / radius)
    over = over_head(table, np.arctan2(far[:, 0], far[:, 2]), elevation, 0) - HEAD_CENTRE
    assert (radius - np.linalg.norm(over, axis=1)).min() > 4.9


def test_strands_hide_what_is_behind_them_and_not_what_is_before():
    light = draw_light(np.random.default_rng(0), np.eye(3), np.array([[0, 1, 2]], np.int32))
    camera = Camera(np.eye(3, dtype=np.float32), 1.0, 1e-3, np.array([20.0, 20.0]))
    rows = np.arange(-15, 16, dtype=np.float32)
    points = np.stack([np.stack([np.full(31, x), -rows, np.zeros(31)], 1) for x in (-15.0, 15.0)], 1).astype(np.float32)
    strands = Strands(points, np.full((31, 3), 0.5), np.full(31, 3.0))
    for wall, hidden in ((0.5, True), (2.0, False)):
        image, z = np.zeros((41, 41, 3), np.float32), np.full((41, 41), wall, np.float32)
        cover = draw_strands(image, z, strands, camera, light, 1.0)
        assert (cover[8:32, 8:32] > 0.6).all() == hidden == (image[20, 20].max() > 0)
        assert (z[20, 20] > wall) == hidden


def test_degraded_pictures_still_show_something(generator):
    rng = np.random.default_rng(1)
    image = generator.draw(rng).image
    spread = [degrade(rng, image).std() for _ in range(150)]
    assert min(spread) > 4
    assert np.mean(np.array(spread) > 15) > 0.9
