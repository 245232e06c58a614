# SPDX-License-Identifier: GPL-3.0-or-later
"""The measures of check-accuracy: known geometry in, known numbers out."""

import numpy as np
import pytest

from nets.interface.landmarks68 import MIRROR
from nets.lab.accuracy.blink import blink_figures, eyes_in_view, lid_opening
from nets.lab.accuracy.detection import MOSAIC_SIZES, cut, enlarged, match, mosaic, turned
from nets.lab.accuracy.figures import Committed, Figure, Section, text_of, write_record
from nets.lab.accuracy.held_out import HeldOut, at_coarse_texels, unproject
from nets.lab.accuracy.landmark_errors import euler_errors, landmark_distances, landmark_figures, rotation_errors
from nets.lab.accuracy.performance import gaze_error, weight_figures
from nets.lab.accuracy.shape import shape_variance_recovered, vertex_figures
from nets.lab.synth.face import Camera, rotation_matrix
from nets.lab.training.photos import TruePhoto, aligned_error, error_2d, error_3d

FLIP = np.array([-1, 1, 1])


def symmetric(points: np.ndarray) -> np.ndarray:
    return (points + points[MIRROR] * FLIP) / 2


@pytest.fixture
def heads():
    """(mean face (68, 3), its pictures' rotations, scales, and landmarks (4, 68, 3)), weak perspective."""
    mean = symmetric(np.random.default_rng(0).normal(0, 40, (68, 3)))
    rotations = [np.diag([1, -1, 1]) @ rotation_matrix(yaw, 0.1, -0.2) for yaw in (-0.9, 0, 0.3, 1.3)]
    scales = [0.5, 1, 2, 3]
    truth = [scale * mean @ rotation.T + (200, 150, 7) for scale, rotation in zip(scales, rotations, strict=True)]
    return mean, rotations, scales, np.stack(truth)


def test_landmark_distances_are_those_of_the_protocol(heads):
    mean, _, _, truth = heads
    found = truth + np.random.default_rng(1).normal(0, 3, truth.shape)
    distances = landmark_distances(found, truth, mean)
    for name, measure in (("2D", error_2d), ("3D", error_3d), ("aligned", aligned_error)):
        expected = [measure(*pair) for pair in zip(found, truth, strict=True)]
        assert np.allclose(distances[name].mean(1), expected, atol=1e-6)
    assert distances["aligned, mean face"].max() < 1e-4


def test_an_offset_of_definition_is_removed_and_nothing_else(heads):
    mean, rotations, scales, truth = heads
    offset = symmetric(np.random.default_rng(2).normal(0, 5, (68, 3)))
    offset -= offset.mean(0)
    moved = [scale * offset @ rotation.T for scale, rotation in zip(scales, rotations, strict=True)]
    distances = landmark_distances(truth + moved, truth, mean)
    assert distances["2D"].mean() > 1
    assert distances["3D, offset removed"].max() < 1e-4
    alone = truth.copy()
    alone[0] += moved[0]  # one face's error is not a definition's
    distances = landmark_distances(alone, truth, mean)
    assert np.allclose(distances["2D, offset removed"][0], distances["2D"][0])


def test_euler_angles_are_those_of_the_data_set(heads):
    mean, *_ = heads
    angles = np.array([[0.3, -0.9, 0.2], [-0.1, 1.3, 0.4], [0, 1.8, 0]])
    found = []
    for (sp, sy, sr), (cp, cy, cr) in zip(np.sin(angles), np.cos(angles), strict=True):
        pitch, roll = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]]), np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
        turn = pitch @ [[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]] @ roll
        found.append(mean @ (np.diag([1, -1, 1]) @ turn).T)
    assert np.allclose(euler_errors(np.stack(found), angles, mean), np.zeros((2, 3)), atol=1e-3)  # 1.8 is beyond 99°
    errors = euler_errors(np.stack(found), angles + np.radians([1, 2, -3]), mean)
    assert np.allclose(errors, [[1, 2, 3]] * 2, atol=1e-3)


def test_figures_by_yaw_and_region(heads):
    mean, _, _, truth = heads
    found = truth.copy()
    percent = np.sqrt(np.prod(np.ptp(truth[..., :2], axis=1), axis=1)) / 100
    found[3, :17, 0] += 6 * percent[3]
    figures = landmark_figures(landmark_distances(found, truth, mean), np.radians([-52, 0, 17, 74]))
    value = {figure.name: figure.value for figure in figures}
    assert value["2D, yaw 60-90"] == pytest.approx(6 * 17 / 68)
    assert value["2D, yaw 0-30"] == value["2D, yaw 30-60"] == value["2D, mouth"] == value["2D, 51 inner points"] == 0
    assert value["2D, yaw 30 and more"] == pytest.approx(6 * 17 / 68 / 2)
    assert value["2D, mean of the yaw bins"] == pytest.approx(6 * 17 / 68 / 3)
    assert value["2D, jaw"] == pytest.approx(6 / 4)


def test_rotation_error_is_the_angle_turned(heads):
    truth = heads[3]
    turn = rotation_matrix(0.2, 0, 0)
    assert np.allclose(rotation_errors(1.3 * truth @ turn.T, truth), np.degrees(0.2), atol=1e-3)


def test_unprojecting_undoes_a_perspective_camera():
    camera = Camera(rotation_matrix(0.7, -0.3, 0.2), 1.7, 1e-3, np.array([60.0, 70.0]))
    points = np.random.default_rng(3).normal(0, 60, (50, 3))
    assert np.allclose(unproject(camera, camera.project(points).astype(float)), points, atol=1e-3)


def test_coarse_texels_are_read_at_their_centres():
    rows, columns = np.mgrid[:256, :256].astype(np.float32)
    coarse = at_coarse_texels(np.stack([rows, columns], -1), 64)
    assert np.allclose(coarse[5, 9], [4 * 5 + 1.5, 4 * 9 + 1.5])


def people_of(canonical: np.ndarray, cameras: list[Camera]) -> HeldOut:
    landmarks = np.zeros((len(canonical), 68, 3))
    landmarks[:, [36, 45], 0] = -45, 45
    nothing = np.zeros((len(canonical), 0))
    return HeldOut([], [], cameras, canonical, landmarks, nothing, nothing, nothing)


def test_vertex_errors_and_variance_recovered():
    rng = np.random.default_rng(4)
    mean = rng.normal(0, 50, (8, 8, 3))
    canonical = mean + rng.normal(0, 4, (3, 8, 8, 3))
    cameras = [Camera(rotation_matrix(yaw, 0, 0), 2.0, 1e-3, np.zeros(2)) for yaw in (0.0, 0.7, 1.4)]
    people, face = people_of(canonical, cameras), np.ones((8, 8), bool)

    def pictured(shapes: np.ndarray) -> np.ndarray:
        views = [camera.project(shape.reshape(-1, 3)) for camera, shape in zip(cameras, shapes, strict=True)]
        return np.stack(views).reshape(shapes.shape).astype(float)

    assert shape_variance_recovered(people, pictured(canonical), face, mean) == pytest.approx(1, abs=1e-6)
    assert shape_variance_recovered(people, pictured(np.stack([mean] * 3)), face, mean) == pytest.approx(0, abs=1e-4)
    halfway = shape_variance_recovered(people, pictured((canonical + mean) / 2), face, mean)
    assert halfway == pytest.approx(0.75, abs=0.01)

    beside = np.stack([shape + 0.9 * camera.rotation[0] for camera, shape in zip(cameras, canonical, strict=True)])
    value = {f.name: f.value for f in vertex_figures(people, pictured(beside), face, mean)}
    assert value["vertices"] == pytest.approx(1, abs=1e-3)  # 0.9 of 90 mm
    assert value["vertices, yaw 60-90"] == pytest.approx(1, abs=1e-3)
    assert value["vertices aligned"] == pytest.approx(0, abs=1e-3)
    assert value["R² of shape with expression"] == pytest.approx(1, abs=1e-6)


def test_lids_drawn_open_and_closed():
    landmarks = np.zeros((68, 3))
    landmarks[[36, 39, 42, 45], 0] = 0, 30, 50, 80
    for pair, x in (((37, 41), 10), ((38, 40), 20), ((43, 47), 60), ((44, 46), 70)):
        landmarks[list(pair), 0] = x
    landmarks[[40, 41], 1] = 9  # the right eye's lower lid; the left eye is shut
    assert np.allclose(lid_opening(landmarks), [0.3, 0])
    turned_head = landmarks @ rotation_matrix(1.0, 0.3, 0.2).T
    assert np.allclose(lid_opening(np.stack([landmarks, turned_head])), [[0.3, 0]] * 2)


def test_separability_of_lids():
    value = {figure.name: figure.value for figure in blink_figures(np.array([0.1, 0.2]), np.array([0.15, 0.3, 0.4]))}
    assert value["open above closed (AUC)"] == pytest.approx(100 * 5 / 6)
    assert value["eyes on the wrong side at best"] == 1
    assert value["room between the two"] == pytest.approx(-5)
    apart = {figure.name: figure.value for figure in blink_figures(np.array([0.1]), np.array([0.3]))}
    assert apart["open above closed (AUC)"] == 100 and apart["eyes on the wrong side at best"] == 0


def test_an_eye_is_in_view_if_its_own_texels_are():
    landmarks = np.zeros((68, 2), int)
    landmarks[36:42], landmarks[42:48] = (80, 40), (80, 200)
    landmarks[[39, 42], 1] += 20
    visible = np.zeros((1, 64, 64), bool)
    visible[:, :, :32] = True
    assert eyes_in_view(visible, landmarks).tolist() == [[True, False]]


def test_boxes_match_once_they_share_enough():
    truth = np.array([[0, 0, 10, 10], [100, 100, 120, 120.0]])
    found = np.array([[1, 0, 11, 10], [300, 0, 310, 10], [100, 100, 200, 200.0]])
    hits, alarms = match(found, truth)
    assert hits.tolist() == [True, False] and alarms == 2
    assert match(np.zeros((0, 4)), truth)[1] == 0


@pytest.fixture
def marked_photo() -> TruePhoto:
    """A dark photo with a bright face-sized patch, whose corners are landmarks."""
    pixels = np.zeros((120, 200, 3), np.uint8)
    pixels[30:71, 50:111] = 200
    landmarks = np.zeros((68, 3), np.float32)
    landmarks[:, :2] = 50, 30
    landmarks[1, :2] = 110, 70
    return TruePhoto("marked", pixels, landmarks, np.zeros(3))


@pytest.mark.parametrize("turns", range(4))
def test_boxes_turn_with_the_photo(marked_photo, turns):
    scene = turned(marked_photo, turns)
    left, top, right, bottom = scene.boxes[0].astype(int)
    assert (scene.pixels[top : bottom + 1, left : right + 1] == 200).all()
    assert (scene.pixels == 200).sum() == (marked_photo.pixels == 200).sum()


def test_boxes_follow_enlarged_and_cut_photos(marked_photo):
    for scene, factor in [(enlarged(marked_photo, 400), 2), (cut(marked_photo), 1)]:
        left, top, right, bottom = scene.boxes[0].round().astype(int)
        inner = scene.pixels[top + factor : bottom + 1 - factor, left + factor : right + 1 - factor]
        assert inner.min() > 150
        assert np.count_nonzero(scene.pixels[..., 0] > 100) == pytest.approx(41 * 61 * factor**2, rel=0.02)


def test_mosaic_s_boxes_lie_on_its_faces(marked_photo):
    scene, sizes = mosaic([marked_photo, marked_photo])
    assert len(scene.boxes) == len(sizes) == 2 * len(MOSAIC_SIZES)
    for box, size in zip(scene.boxes, sizes, strict=True):
        width, height = box[2:] - box[:2]
        assert (width + height) / 2 == pytest.approx(size)
        inner = np.array([[0.15, 0.15], [0.85, 0.85]]) * (width, height) + box[:2]
        (left, top), (right, bottom) = inner.round().astype(int)
        assert scene.pixels[top:bottom, left:right].min() > 150
        assert scene.pixels[int(box[1] - 0.2 * height), int(box[0])].max() < 60


def test_figures_are_compared_with_the_committed_ones(tmp_path):
    path = tmp_path / "accuracy.json"
    assert Committed.read(path).sections == {}
    before = Section("real", "five", [Figure("2D", 3.2), Figure("R²", 0.4, "", "more"), Figure("3D", 4.001)])
    write_record(path, {"model": "m"}, [before])
    now = Section("real", "five", [Figure("2D", 3.1), Figure("R²", 0.3, "", "more"), Figure("3D", 4.002)])
    lines = text_of(now, Committed.read(path)).splitlines()
    assert [line.split()[:5] for line in lines[2:]] == [
        ["2D,", "%", "3.10", "3.20", "better"],
        ["R²", "0.30", "0.40", "worse"],
        ["3D,", "%", "4.00", "4.00", "same"],
    ]
    assert "PRN 3.26" in lines[2]
    elsewhere = text_of(Section("real", "six", now.figures), Committed.read(path))
    assert "better" not in elsewhere and "other material: five" in elsewhere


def test_gaze_is_off_by_the_angle_between_two_directions():
    true = np.radians([[[0, 0], [10, 0]], [[0, 20], [40, 0]]])
    found = np.radians([[[7, 0], [10, 5]], [[0, 26], [0, 0]]])
    everything = np.ones((2, 2), bool)
    assert gaze_error(true, true, everything) == pytest.approx(0, abs=1e-3)
    assert gaze_error(found, true, everything & [[True, True], [True, False]]) == pytest.approx(
        (7 + 5 + 6) / 3, abs=0.1
    )


def test_weights_that_show_are_judged_apart():
    true, found = np.zeros((1, 53)), np.zeros((1, 53))
    true[0, :2], found[0, 0], found[0, 5] = (0.5, 1.0), 0.5, 0.1
    values = {figure.name: figure.value for figure in weight_figures(found, true)}
    assert values["weights"] == pytest.approx(1.1 / 53)
    assert values["weights that show"] == pytest.approx(0.5)
    assert values["weights that show, face at rest"] == pytest.approx(0.75)
