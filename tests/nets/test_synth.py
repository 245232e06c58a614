# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic faces: what is drawn is what the truth says."""

import cv2
import numpy as np
import pytest

from nets.cli import run_command
from nets.synth.buffer import RECORD, Buffer, draw_records, shard_path, to_record, write_shard
from nets.synth.face import STORED_SIZE, Camera, SyntheticFace, rotation_matrix


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
    assert written.dtype == RECORD
    assert [path.name for path in tmp_path.iterdir()] == [shard_path(tmp_path, 7).name]
    assert written.tobytes() == draw_records(generator, 7, 6).tobytes()
    reader = Buffer(tmp_path)
    assert reader.refresh() == 6
    write_shard(generator, tmp_path, 8, count=6)
    assert reader.refresh() == 12
    assert reader.sample(np.random.default_rng(0), 5).shape == (5,)


def test_contact_sheet_shows_every_face(face_model, tmp_path):
    assert run_command(["synth", "--count", "5", "--out", str(tmp_path)]) == 0
    sheet = cv2.imread(str(tmp_path / "faces-000.png"))
    assert sheet.shape == (2 * STORED_SIZE, 16 * STORED_SIZE, 3)
