# SPDX-License-Identifier: GPL-3.0-or-later
from importlib.util import find_spec
from shutil import copytree

import cv2
import numpy as np
import pytest
from skimage.data import astronaut, chelsea, coffee

from nets.capture.capturer import CaptureOptions, Capturer
from nets.errors import BundleError, EngineError, NoFaceError, UsageError
from nets.model.bundle import load_bundle
from nets.model.detection import choose_detector
from nets.model.detection.candidate import Candidate, suppress
from nets.model.detection.network import (
    FOLDER,
    SIDES,
    Level,
    NetworkDetector,
    decode_level,
    find_by_network,
    in_other_sizes,
    lay_out,
    pyramid,
    to_blocks,
    turned_back,
)
from nets.model.engines import load_engine

FACE = np.array([101, 82, 182, 166])  # in PORTRAIT: brows to chin, by eye
PORTRAIT = astronaut()[:280, 80:360]


@pytest.fixture(scope="module")
def capturer():
    bundle = load_bundle()
    return Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, CaptureOptions())


def turned(photo, degrees):
    """The photo turned clockwise about its centre, and the map of points."""
    centre = ((photo.shape[1] - 1) / 2, (photo.shape[0] - 1) / 2)
    affine = cv2.getRotationMatrix2D(centre, -degrees, 1)
    return cv2.warpAffine(photo, affine, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), affine


def proposals(photo):
    return [candidate for candidates in find_by_network(photo) for candidate in candidates]


@pytest.mark.parametrize("degrees", [0, 35, -35])
def test_a_tilted_head_is_proposed_with_its_roll(degrees):
    photo, affine = turned(PORTRAIT, degrees)
    likeliest = proposals(photo)[0]
    middle = (likeliest.box[:2] + likeliest.box[2:]) / 2
    assert likeliest.score > 0.5
    assert np.abs(middle - affine @ [*(FACE[:2] + FACE[2:]) / 2, 1]).max() < 20
    assert np.cos(likeliest.roll - np.radians(degrees)) > np.cos(np.radians(45))


@pytest.mark.parametrize("side", [20, 60, 200])
def test_any_size(side):
    scale = side / 82
    photo = cv2.resize(
        PORTRAIT, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    )
    canvas = np.full((1200, 1700, 3), 120, np.uint8)
    canvas[-len(photo) - 7 :, -photo.shape[1] - 5 :][: len(photo), : photo.shape[1]] = photo
    likeliest = max(proposals(canvas), key=lambda candidate: candidate.score)
    corner = np.array([1700 - 5 - photo.shape[1], 1200 - 7 - len(photo)])
    found, face = likeliest.box.reshape(2, 2), FACE.reshape(2, 2) * scale + corner
    assert np.abs(found.mean(0) - face.mean(0)).max() < 0.25 * side
    assert 0.6 < np.ptp(found, axis=0).mean() / side < 1.6


@pytest.mark.parametrize("side", [20, 47, 450, 1500, 3000])
def test_a_face_that_fills_the_photo_falls_into_a_level(side):
    levels = pyramid(np.zeros((side, side + 30, 3), np.uint8))
    assert levels[0].scale == min(1, (4e6 / side / (side + 30)) ** 0.5)
    for share in (1, 1.4):
        assert any(SIDES[0] <= share * side * level.scale <= SIDES[1] for level in levels)
    assert len(levels[-1].image) < 32


@pytest.mark.parametrize("degrees", [0, 90, 180, -90, 145])
def test_a_face_is_found_however_it_is_turned(capturer, degrees):
    photo, affine = turned(PORTRAIT, degrees)
    [face] = capturer.find(photo)
    assert np.abs((face.box[:2] + face.box[2:]) / 2 - affine @ [*(FACE[:2] + FACE[2:]) / 2, 1]).max() < 20


@pytest.mark.parametrize("photo", [chelsea(), coffee()], ids=["cat", "coffee"])
def test_nobody_is_found_where_nobody_is(capturer, photo):
    with pytest.raises(NoFaceError):
        capturer.find(photo)


def test_a_cell_stands_for_its_place_in_the_photo():
    levels = [np.zeros((height, width, 3), np.uint8) for height, width in [(200, 300), (100, 150), (50, 75), (25, 37)]]
    sheet, corners = lay_out(levels)
    assert sheet.shape[0] % 16 == 0 and sheet.shape[1] % 16 == 0
    cover = np.zeros(sheet.shape[:2], int)
    for (x, y), image in zip(corners, levels, strict=True):
        cover[y : y + image.shape[0], x : x + image.shape[1]] += 1
    assert cover.max() == 1 and cover.sum() == sum(image[..., 0].size for image in levels)  # none on another
    answer = np.full((6, sheet.shape[0] // 8, sheet.shape[1] // 8), -9, np.float32)
    x, y = corners[2]
    answer[:, y // 8 + 3, x // 8 + 5] = [4, 0.5, -0.25, np.log(30 / 24), 0, 1]
    [found] = decode_level(answer, Level(levels[2], 0.25), corners[2])
    centre = (np.array([5.5 * 8 + 3.5, 2.75 * 8 + 3.5]) + 0.5) * 4 - 0.5
    np.testing.assert_allclose(found, [*(centre - 60), *(centre + 60), np.pi / 2, 1 / (1 + np.exp(-4))], atol=1e-3)
    assert not len(decode_level(answer, Level(levels[0], 1.0), corners[0]))


@pytest.mark.parametrize("quarter", range(4))
def test_answers_about_a_turned_photo_are_turned_back(quarter):
    photo = np.zeros((60, 40, 3), np.uint8)
    photo[10:21, 20:25] = 255
    level = Level(np.rot90(photo, quarter), 0.5)
    rows, columns = np.nonzero(level.image[..., 0])
    box = (np.array([columns.min(), rows.min(), columns.max(), rows.max()]) + 0.5) * 2 - 0.5
    answers = np.array([[*box, 0.3 - quarter * np.pi / 2, 0.7]])
    expected = [*((np.array([20, 10, 24, 20]) + 0.5) * 2 - 0.5), 0.3, 0.7]
    np.testing.assert_allclose(turned_back(answers, level, quarter)[0], expected)


def test_turned_copies_are_searched_where_no_face_is_plain(monkeypatch):
    detector = NetworkDetector()
    assert len(list(detector(np.zeros((300, 200, 3), np.uint8)))) == 2
    assert len(list(detector(np.zeros((30, 1200, 3), np.uint8)))) == 1  # no copy of it is small
    monkeypatch.setattr("nets.model.detection.network.in_other_sizes", lambda candidates: [])
    assert len(list(detector(PORTRAIT))) == 1
    monkeypatch.setattr("nets.model.detection.network.PLAIN", 1.1)
    assert len(list(detector(PORTRAIT))) == 2


def test_large_photos_are_searched_from_afar_first():
    photo = np.full((2400, 3200, 3), 120, np.uint8)
    first, second, third, *_ = find_by_network(photo)
    finest = pyramid(photo)[0].scale
    assert first.below == pytest.approx(2 * second.below) and second.below == pytest.approx(26 / finest)
    assert third.below == np.inf


def test_likely_faces_are_put_forward_in_other_sizes_at_last():
    *_, last = find_by_network(PORTRAIT)
    likeliest = proposals(PORTRAIT)[0].box
    sides = [float(np.ptp(each.box.reshape(2, 2), axis=0).mean()) for each in last[:2]]
    assert sides[0] < np.ptp(likeliest.reshape(2, 2), axis=0).mean() < sides[1]
    for each in last[:2]:
        np.testing.assert_allclose(each.box[:2] + each.box[2:], likeliest[:2] + likeliest[2:], rtol=1e-4)
    smaller, larger = in_other_sizes([Candidate(likeliest, 0.3, 0.9), Candidate(likeliest, 0.0, 0.3)])
    assert smaller.roll == larger.roll == 0.3 and smaller.score < 0.5


def test_blocks():
    image = np.random.default_rng(0).integers(0, 255, (32, 48, 3), np.uint8)
    blocks = to_blocks(image)
    assert blocks.shape == (48, 8, 12) and blocks.flags.c_contiguous
    assert (blocks[(2 * 4 + 3) * 3 + 1] == image[2::4, 3::4, 1]).all()


def test_damaged_weights_are_refused(tmp_path):
    folder = copytree(FOLDER, tmp_path / "detector")
    damaged = bytearray((folder / "detector.onnx").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (folder / "detector.onnx").write_bytes(damaged)
    with pytest.raises(BundleError, match="checksum"):
        NetworkDetector(folder)


def test_suppression_keeps_the_best_of_each_bunch():
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60], [2, 2, 5, 5]], float)
    assert suppress(boxes, np.array([0.5, 0.9, 0.1, 0.8])) == [1, 2]


@pytest.mark.skipif(find_spec("face_alignment") is not None, reason="face-alignment is installed here")
def test_an_option_that_is_not_installed():
    with pytest.raises(EngineError, match="pip install face-alignment"):
        next(choose_detector("face-alignment")(PORTRAIT))


def test_unknown_detector():
    with pytest.raises(UsageError, match="psychic"):
        choose_detector("psychic")
