# SPDX-License-Identifier: GPL-3.0-or-later
import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nets.geometry.crop import Crop, landmark_box

coordinate = st.floats(-3000, 3000)
length = st.floats(2, 4000)


@given(coordinate, coordinate, length, length, st.sampled_from([64, 128, 256]), st.floats(-4, 4))
def test_round_trip(left, top, width, height, size, roll):
    crop = Crop.around([left, top, left + width, top + height], size, roll)
    points = np.random.default_rng(0).uniform(-20, size + 20, (50, 3)).astype(np.float32)
    np.testing.assert_allclose(crop.to_crop(crop.to_image(points)), points, atol=2e-2)


def test_protocol():
    crop = Crop.around([100, 200, 180, 320], 128)  # mean side 100, so 160 px round (140, 260)
    assert crop.scale == 160 / 128
    np.testing.assert_allclose(crop.to_image(np.array([63.5, 63.5, 10.0])), [140, 260, 12.5])
    np.testing.assert_allclose(crop.to_image(np.array([-0.5, -0.5])), [60, 180])


def test_cut_and_coordinates_agree():
    """A blob drawn in the photo is found in the crop where to_crop says, at any scale and beyond the photo's rim."""
    for side, roll in [(40, 0), (90, 0.6), (400, 0), (400, -1.57), (1500, 0), (1500, 3)]:
        photo = np.zeros((900, 1200, 3), np.uint8)
        centre = np.array([613.0, 407.0])
        cv2.circle(photo, (613, 407), max(side // 12, 2), (255, 255, 255), -1)
        crop = Crop.around([613 - side * 0.6, 407 - side / 2, 613 + side * 0.4, 407 + side / 2], 128, roll)
        image = crop.extract(photo)[..., 0].astype(float)
        rows, columns = np.mgrid[:128, :128]
        found = np.array([(image * columns).sum(), (image * rows).sum()]) / image.sum()
        np.testing.assert_allclose(found, crop.to_crop(centre), atol=0.06)


def test_shrinking_does_not_alias():
    photo = np.zeros((2000, 2000, 3), np.uint8)
    photo[:, ::2] = 255  # the finest stripes there are
    image = Crop.around([500, 500, 1500, 1500], 128).extract(photo)
    assert np.abs(image.astype(int) - 128).max() < 6


def test_box_is_tight():
    points = np.random.default_rng(1).uniform(0, 100, (68, 3))
    np.testing.assert_allclose(landmark_box(points), [*points[:, :2].min(0), *points[:, :2].max(0)], rtol=1e-6)


def test_roll_turns_a_tilted_face_upright():
    crop = Crop.around([80, 80, 120, 120], 64, roll=np.pi / 2)  # the head's top points to the right in the photo
    np.testing.assert_allclose(crop.to_image(np.array([31.5, -0.5])), [132, 100], atol=1e-5)
