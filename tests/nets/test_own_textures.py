# SPDX-License-Identifier: GPL-3.0-or-later
"""The own head's textures, from captures that are painted: hair, collar, lids, eyes."""

import cv2
import numpy as np
import pytest

from nets.model.bundle import load_bundle
from nets.topology.head import HeadMaker

SKIN, HAIR, COLLAR, IRIS = (200, 150, 130), (60, 40, 30), (235, 238, 242), (60, 110, 190)
BROWS, CAP, RED_CAP, HAND = (90, 55, 35), (40, 70, 160), (220, 20, 25), (150, 170, 150)
SIZE = 512


@pytest.fixture(scope="module")
def layout():
    return load_bundle().layout


@pytest.fixture(scope="module")
def maker(layout):
    return HeadMaker(layout)


@pytest.fixture(scope="module")
def painted(layout):
    """A face's texture: skin, hair above, a collar below, dark lashes round white eyes with a blue iris."""
    picture = np.full((SIZE, SIZE, 3), SKIN, np.float32)
    scale = SIZE / 256
    picture[: int(0.07 * SIZE)] = HAIR
    picture[int((layout.landmarks[8, 0] / 256 + 0.06) * SIZE) :] = COLLAR
    for eye in (layout.feature_texels[36:42], layout.feature_texels[42:48]):
        lids = np.int32((eye[:, ::-1] + 0.5) * scale)
        column, row = lids.mean(0).astype(int)
        cv2.fillPoly(picture, [lids], (225, 220, 215))
        cv2.polylines(picture, [lids], True, (30, 25, 25), 6)
        cv2.circle(picture, (column, row), 10, IRIS, -1)
        cv2.circle(picture, (column, row), 4, (15, 15, 15), -1)
    noise = np.random.default_rng(0).normal(0, 2, (SIZE, SIZE, 1))
    return np.uint8(np.clip(picture + noise, 0, 255))


@pytest.fixture(scope="module")
def make(maker, layout):
    """Put the mean face on the head, with a texture of its own."""
    vertices = layout.sample(layout.mesh("medium"), layout.mean).astype(np.float32)
    return lambda texture: maker.make(vertices, texture, np.zeros((2, 2), np.float32))


@pytest.fixture(scope="module")
def made(make, painted):
    return make(painted)


def colours_at(made, chosen):
    """Return the texture's colours (N, 3) at the corners of the skin's vertices that are chosen, (V,) bool."""
    skin = made.model.part == made.model.part_names.index("skin")
    corners, uv = made.model.faces[skin].ravel(), made.model.uv[made.model.face_uv[skin].ravel()]
    column, row = np.clip((uv[chosen[corners]] * (SIZE, -SIZE) + (0, SIZE)).astype(int), 0, SIZE - 1).T
    return made.textures["skin"][row, column].astype(float)


def test_hair_goes_on_over_the_scalp_and_ends_above_the_neck(made):
    _, y, z = made.model.neutral.T
    scalp, nape = colours_at(made, (z < -120) & (y > 0)), colours_at(made, (z < -100) & (y < -115))
    assert np.abs(np.median(scalp, 0) - HAIR).max() < 15
    assert np.median(nape, 0).mean() > 0.7 * np.mean(SKIN)


@pytest.mark.parametrize("cap", [CAP, RED_CAP])
def test_under_a_cap_hair_has_the_colour_of_the_brows(make, layout, painted, cap):
    """No hair is blue, none so red: the cap is left out of the forehead too, down to which it was pulled."""
    capped, scale = painted.copy(), SIZE / 256
    for brow in np.split(layout.feature_texels[17:27, ::-1], 2):
        cv2.polylines(capped, [np.int32(brow * scale)], False, BROWS, 10)
    capped[: int(0.12 * SIZE)] = cap
    made = make(capped)
    _, y, z = made.model.neutral.T
    assert np.abs(np.median(colours_at(made, (z < -120) & (y > 0)), 0) - BROWS).max() < 25
    above = colours_at(made, y > 40)
    assert (above[:, 2] - above[:, 0]).max() < 15
    assert (above[:, 0] - above[:, 1]).max() < 100


def test_black_bars_of_a_photo_are_no_hair(make, painted):
    barred = painted.copy()
    barred[: int(0.15 * SIZE)] = 0
    made = make(barred)
    assert colours_at(made, made.model.neutral[:, 1] > 60).mean(1).min() > 60


def test_hair_beside_a_bald_forehead_goes_on_round_the_head_below_the_crown(make, painted):
    balding, scale = painted.copy(), SIZE / 256
    balding[: int(0.07 * SIZE)] = SKIN
    for columns in (slice(0, int(24 * scale)), slice(-int(24 * scale), None)):
        balding[int(12 * scale) : int(64 * scale), columns] = HAIR
    made = make(balding)
    _, y, z = made.model.neutral.T
    behind, crown = colours_at(made, (z < -150) & (np.abs(y) < 30)), colours_at(made, (y > 85) & (z > -70))
    assert np.median(behind.mean(1)) < 0.5 * np.mean(SKIN)
    assert np.median(crown.mean(1)) > 0.7 * np.mean(SKIN)


def test_what_covers_chin_and_forehead_is_neither_skin_nor_lost_hair(maker, layout, painted):
    """A hand of the skin's brightness on the chin goes; a fringe stays, and hair goes on beside it over the temple."""
    mesh, scale = layout.mesh("medium"), SIZE / 256
    vertices = layout.sample(mesh, layout.mean).astype(np.float32)
    chin, brow = layout.landmarks[8, 0], layout.landmarks[17:27, 0].min()
    picture, in_view = painted.copy(), np.ones((256, 256), np.float32)
    hand, fringe = np.s_[chin - 24 : chin + 2, 100:156], np.s_[: brow - 6, :]
    for place, colour in ((hand, HAND), (fringe, HAIR)):
        in_view[place] = 0
        picture[
            tuple(slice(*(int(scale * end) if end else end for end in (each.start, each.stop))) for each in place)
        ] = colour
    seen = np.ones((SIZE, SIZE), np.uint8)
    seen[:, : SIZE // 6] = seen[:, -SIZE // 6 :] = 0
    plain = layout.sample(mesh, in_view[..., None])[:, 0]
    made = maker.make(vertices, picture, np.zeros((2, 2), np.float32), seen=seen, in_view=plain)
    x, y, z = made.model.neutral.T
    on_chin = (np.abs(x) < 12) & (np.abs(y - layout.mean[chin - 12, 128, 1]) < 6) & (z > 0)
    temple = (np.abs(x) > 55) & (np.abs(y - 40) < 8) & (z > -60)
    assert on_chin.any() and np.abs(np.median(colours_at(made, on_chin), 0) - SKIN).max() < 25
    assert temple.any() and np.median(colours_at(made, temple).mean(1)) < 0.6 * np.mean(SKIN)


def test_the_neck_is_bare(made):
    """Nothing of the collar, which is brighter and less red than the skin."""
    neck = colours_at(made, made.model.neutral[:, 1] < -125)
    assert (neck[:, 0] - neck[:, 2]).min() > 30
    assert neck.max() < max(SKIN) + 10


def test_the_scalp_has_no_seam_where_the_texture_is_cut(made):
    """Vertices of the cut have two places in the texture, in whose surroundings the colours are the same."""
    skin = made.model.part == made.model.part_names.index("skin")
    vertex, place = (each[skin].ravel() for each in (made.model.faces, made.model.face_uv))
    pairs = {}
    for v, t in zip(vertex.tolist(), place.tolist(), strict=True):
        pairs.setdefault(v, set()).add(t)
    cut = np.array([sorted(places) for places in pairs.values() if len(places) == 2])
    assert len(cut) > 50
    smooth = cv2.GaussianBlur(made.textures["skin"], (0, 0), 3).astype(float)
    column, row = np.clip((made.model.uv[cut] * (SIZE, -SIZE) + (0, SIZE)).astype(int), 0, SIZE - 1).transpose(2, 0, 1)
    one, other = smooth[row[:, 0], column[:, 0]], smooth[row[:, 1], column[:, 1]]
    assert np.percentile(np.abs(one - other), 95) < 8


def test_lids_have_skin_where_lashes_and_irises_were(made):
    """What a closing eye shows is skin: no lashes, no white, and no streaks along the way that the lid takes."""
    moved = made.model.expression[made.model.expression_names.index("eyeBlink_L")][:, 1] < -1.0
    on_skin = np.arange(len(moved)) < len(made.model.chart)
    lids = colours_at(made, moved & on_skin & (made.model.neutral[:, 2] > 15))
    assert np.abs(lids.mean(1) / np.mean(SKIN) - 0.9).max() < 0.35
    assert np.abs((lids / lids.mean(1, keepdims=True)) - np.array(SKIN) / np.mean(SKIN)).max() < 0.2


def test_the_iris_and_the_white_come_from_the_photo(made):
    eye = made.textures["eyes"].astype(float)
    down, across = (np.mgrid[: len(eye), : len(eye)] + 0.5 - len(eye) / 2) / len(eye)
    radius, unshaded = np.hypot(down, across), down > 0  # the upper lid's shadow lies above
    iris, white = (eye[(radius > a) & (radius < b) & unshaded] for a, b in ((0.035, 0.05), (0.1, 0.15)))
    assert np.abs(np.median(iris, 0) - IRIS).max() < 40
    assert np.median(white, 0).min() > 190


def test_teeth_are_as_light_as_the_photo(make, painted):
    bright, dark = (make(np.uint8(painted * light)).textures["teeth"].mean() for light in (1.0, 0.4))
    assert 0.3 < dark / bright < 0.55
