# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture of several photos: a flat picture of known detail, seen through maps that are off by some texels."""

import cv2
import numpy as np
import pytest

from nets.capture.texture import complete
from nets.capture.texture_parts import part_masks
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE
from nets.geometry.visibility import visibility_of
from nets.merge.alignment import aligned_maps
from nets.merge.separation import Separation
from nets.merge.shape_space import ShapeSpace
from nets.merge.sightings import Comparison, Photo
from nets.merge.texture_blend import Shown, blend
from nets.model.bundle import load_bundle

SIDE = 640  # pixels of a photo
T = 512
FRONT = np.array([[0.0, 0, 1], [0.3, 0, 0.95]])


@pytest.fixture(scope="module")
def bundle():
    return load_bundle()


@pytest.fixture(scope="module")
def comparison(bundle):
    separation = Separation(bundle)
    space = ShapeSpace(separation.coarse, separation.basis)
    return Comparison(bundle.layout, space.rows, space.columns)


@pytest.fixture(scope="module")
def place(bundle):
    """Where the mean face lies in a photo from the front, (256, 256, 3)."""
    return (bundle.layout.mean * (2, -2, 2) + (SIDE / 2, SIDE / 2 - 60, 0)).astype(np.float32)


@pytest.fixture(scope="module")
def picture():
    """Skin with spots of all sizes, (SIDE, SIDE, 3) float32."""
    rng, spots = np.random.default_rng(4), 0
    for size in (1.0, 2.5, 6.0):
        noise = cv2.GaussianBlur(rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32), (0, 0), size)
        spots = spots + 14 * noise / noise.std()
    return np.float32([150, 120, 100]) + spots[..., None]


def face_of(layout):
    """Texels well within the face, which a photo from the front shows well, (T, T) bool."""
    face = np.uint8(layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT))
    face[:56] = face[184:] = face[:, :72] = face[:, 184:] = 0
    face = cv2.erode(face, np.ones((5, 5)))
    return cv2.resize(face, (T, T), interpolation=cv2.INTER_NEAREST) > 0


def shown(pixels, position_map, layout, weight=1.0, trust=1.0):
    visibility = visibility_of(position_map, layout, layout.mesh("medium"))
    pixels = np.uint8(np.clip(pixels, 0, 255))
    return Shown(pixels, position_map, visibility, np.float32(np.broadcast_to(trust, (SIZE, SIZE))), weight)


def texture_of(photos, layout):
    return complete(blend(photos, layout, T), layout)[0].astype(np.float32)


def fine(texture):
    grey = texture.mean(-1)
    return grey - cv2.GaussianBlur(grey, (0, 0), 2)


def test_photos_that_are_off_and_of_other_exposure_become_one_without_doubled_edges(bundle, comparison, place, picture):
    layout = bundle.layout
    off = place + np.float32([2.6, -1.8, 0])  # pixels: about three texels of the texture
    photos = [picture, 0.6 * picture]
    greys = [Photo(each.mean(-1), np.ones((SIZE, SIZE), np.float32)) for each in photos]
    moved = aligned_maps(comparison, greys, [place, off], FRONT)
    inside = face_of(layout)
    left = np.linspace(1, 0.05, SIZE, dtype=np.float32) * np.ones((SIZE, 1), np.float32)  # one photo for each half

    def blended(maps):
        halves = zip(photos, maps, (left, left[:, ::-1]), (1.1, 1.0), strict=True)  # the first has the colours
        return texture_of([shown(photo, each, layout, weight, trust) for photo, each, trust, weight in halves], layout)

    apart = (moved[0] - moved[1])[..., :2]
    before = np.linalg.norm((place - off)[0, 0, :2])
    on_face = inside[::2, ::2]
    assert np.percentile(np.linalg.norm(apart, axis=-1)[on_face], 80) < 0.2 * before  # not at lids and nostrils
    truth = texture_of([shown(picture, moved[0], layout)], layout)
    aligned, unaligned = blended(moved), blended([place, off])
    middle = inside & (np.abs(np.arange(T) - T / 2) < 24)  # where both halves meet
    same = np.corrcoef(fine(aligned)[middle], fine(truth)[middle])[0, 1]
    doubled = np.corrcoef(fine(unaligned)[middle], fine(texture_of([shown(picture, place, layout)], layout))[middle])
    assert same > 0.93 > doubled[0, 1] + 0.05
    assert 0.9 < fine(aligned)[middle].std() / fine(truth)[middle].std() < 1.1  # not an average of both
    light = cv2.GaussianBlur(aligned - truth, (0, 0), 8)[inside]
    assert np.abs(light - light.mean(0)).max() < 8  # no edge where the exposure changes


def test_detail_comes_from_the_sharp_photo_and_noise_is_not_taken_for_it(bundle, place, picture):
    layout, rng = bundle.layout, np.random.default_rng(1)
    blurred = cv2.GaussianBlur(picture, (0, 0), 3) + rng.normal(0, 6, picture.shape)
    sharp = texture_of([shown(picture, place, layout)], layout)
    inside = face_of(layout)
    for photos in ([blurred, picture, picture], [picture, blurred, blurred]):
        found = texture_of([shown(photo, place, layout) for photo in photos], layout)
        assert np.corrcoef(fine(found)[inside], fine(sharp)[inside])[0, 1] > 0.98


def test_a_photo_of_no_weight_is_left_out_and_a_heavy_one_is_preferred(bundle, place, picture):
    layout, inside = bundle.layout, face_of(bundle.layout)
    other = picture[::-1].copy()
    own = fine(texture_of([shown(other, place, layout)], layout))[inside]
    shares = [
        np.corrcoef(
            fine(texture_of([shown(picture, place, layout), shown(other, place, layout, weight)], layout))[inside], own
        )[0, 1]
        for weight in (0.2, 5.0)
    ]
    assert shares[0] < 0.1 and shares[1] > 0.97


def test_a_mouth_and_both_eyes_come_from_one_photo_each(bundle, place, picture):
    layout = bundle.layout
    stripes = np.tile(np.float32(20 * (np.arange(SIDE) // 2 % 2))[:, None, None], (1, SIDE, 3))
    photos = picture + stripes, picture + stripes.swapaxes(0, 1)
    trust = np.full((2, SIZE, SIZE), 0.6, np.float32)
    trust[0, :, : SIZE // 2 + 6] = trust[1, :, SIZE // 2 + 6 :] = 0.7  # each is best on one side
    views = [shown(photo, place, layout, trust=each) for photo, each in zip(photos, trust, strict=True)]
    found = texture_of(views, layout).mean(-1) - texture_of([shown(picture, place, layout)], layout).mean(-1)
    down, right = (cv2.blur(np.abs(np.diff(found, axis=axis, append=0)), (11, 11)) for axis in (0, 1))
    is_first = cv2.resize(np.float32(down > right), (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    masks = part_masks(layout)
    for name in ("eyes", "lips"):
        inside = (masks[name] > 0.97) & ~layout.bridged
        assert min(is_first[inside].mean(), 1 - is_first[inside].mean()) < 0.15
    cheeks = masks["cheeks"] > 0.97
    left = np.arange(SIZE) < SIZE / 2
    assert is_first[cheeks & left].mean() > 0.7 > 0.3 > is_first[cheeks & ~left].mean()
