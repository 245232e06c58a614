# SPDX-License-Identifier: GPL-3.0-or-later
"""The egg is painted by formula and photographed by formula: so each texel's true colour is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nets.capture.texture import complete, make_texture, merge, view_texture, without_bars, without_covered_ears
from nets.geometry.inpainting import push_pull
from nets.geometry.visibility import visibility_of


def paint(points):
    """Skin (…, 3) in 0..255 at canonical points: mirror-symmetric spots, in light that fades to the subject's left."""
    x, y = points[..., 0], points[..., 1]
    spots = 25 * np.cos(np.abs(x) / 5) * np.cos(y / 6)
    light = 1 - 0.4 * (x + 70) / 140
    return (np.array([190.0, 145, 120]) + spots[..., None]) * light[..., None]


def photograph(egg, pose, size=800):
    """Ray-cast the painted egg; the background is a loud green."""
    radii = np.array([70.0, 95.0, 85.0])
    rows, columns = np.mgrid[:size, :size].astype(float)
    origin = pose.undo(np.stack([columns, rows, np.zeros_like(rows)], -1))
    ray = pose.rotation[2]  # towards the viewer, in canonical space
    a = ((ray / radii) ** 2).sum()
    b = (origin * ray / radii**2).sum(-1)
    c = ((origin / radii) ** 2).sum(-1) - 1
    square = b**2 - a * c
    hit = origin + ((-b + np.sqrt(np.maximum(square, 0))) / a)[..., None] * ray
    return np.where(square[..., None] > 0, paint(hit), [0, 255, 0]).clip(0, 255).astype(np.uint8)


def capture(egg, pose, size=512):
    position_map = pose.apply(egg.mean).astype(np.float32)
    visibility = visibility_of(position_map, egg, egg.mesh("medium"))
    texture, mask = make_texture(photograph(egg, pose), position_map, egg, visibility, size)
    truth = cv2.resize(paint(egg.mean).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    inside = cv2.resize(egg.mask.astype(np.uint8), (size, size), interpolation=cv2.INTER_NEAREST) > 0
    return texture.astype(float), mask > 0, truth, inside


@pytest.mark.parametrize("yaw", [0, 40, -40])
def test_seen_texels_have_the_photos_colour(egg, turned, yaw):
    texture, mask, truth, _ = capture(egg, turned(yaw))
    error = np.abs(texture - truth).mean(-1)
    assert 0.35 < mask.mean() < 0.95
    assert np.percentile(error[mask], 99) < 6


def test_ears_under_hair_do_not_take_its_colour(egg, turned):
    pose = turned(60)
    position_map = pose.apply(egg.mean).astype(np.float32)
    egg = replace(egg, mean=egg.mean - np.float32([0, 0, 75]))  # or else it would end before its ears
    visibility = visibility_of(position_map, egg, egg.mesh("medium"))
    under = cv2.erode(np.uint8(egg.ears & (visibility.seen > 0.5)), np.ones((15, 15))) > 0
    photo = photograph(egg, pose)
    column, row = position_map[under][:, :2].round().astype(int).T
    hair = np.zeros(photo.shape[:2], np.uint8)
    hair[row, column] = 1
    photo[cv2.dilate(hair, np.ones((7, 7))) > 0] = 0
    true, away = paint(egg.mean + np.float32([0, 0, 75])), []
    for in_view in (0.1, 0.9):
        shown = without_covered_ears(visibility, np.where(egg.ears, in_view, 1), egg)
        texture, _ = make_texture(photo, position_map, egg, shown, 256)
        away.append(np.abs(texture - true)[under].mean())
    assert away[0] < 0.3 * away[1]


@pytest.mark.parametrize("yaw", [60, -60])
def test_hidden_side_comes_from_its_mirror_without_seam_or_smear(egg, turned, yaw):
    texture, mask, truth, inside = capture(egg, turned(yaw))
    hidden = inside & ~mask
    assert hidden.mean() > 0.2
    mirror = truth[:, ::-1]  # exact, except for the light
    assert np.abs(texture - truth)[hidden].mean() < 0.95 * np.abs(mirror - truth)[hidden].mean()
    assert (texture[..., 1] - texture[..., 0]).max() < 0  # none of the green behind the head
    spots = texture - cv2.GaussianBlur(texture, (0, 0), 12)
    true_spots = truth - cv2.GaussianBlur(truth, (0, 0), 12)
    assert np.corrcoef(spots[hidden].ravel(), true_spots[hidden].ravel())[0, 1] > 0.8  # detail, not a smear
    rim = cv2.dilate(mask.astype(np.uint8), np.ones((9, 9))) - cv2.erode(mask.astype(np.uint8), np.ones((9, 9)))
    seam = np.abs(np.diff(texture - truth, axis=1)).mean(-1)[:, :][(rim > 0)[:, 1:] & inside[:, 1:]]
    assert np.percentile(seam, 99) < 5


def test_photos_in_other_light_merge_without_seams(egg, turned):
    views = []
    for yaw, exposure in ((0, (1, 1, 1)), (55, (0.6, 0.7, 0.9)), (-55, (1.2, 1, 0.8))):
        photo = np.minimum(photograph(egg, turned(yaw)) * exposure, 255).astype(np.uint8)
        position_map = turned(yaw).apply(egg.mean).astype(np.float32)
        visibility = visibility_of(position_map, egg, egg.mesh("medium"))
        views.append(view_texture(photo, position_map, visibility, 256))
    truth = paint(egg.mean)
    texture, mask = complete(merge(views), egg)
    error = (texture - truth)[mask > 0]
    assert mask.sum() > 1.15 * complete(views[0], egg)[1].sum()
    assert np.percentile(np.abs(error).mean(-1), 99) < 8
    steps = np.abs(np.diff(texture - truth, axis=1)).mean(-1)[mask[:, 1:] * mask[:, :-1] > 0]
    assert np.percentile(steps, 99.5) < 5


def test_what_lies_before_the_face_in_one_photo_comes_from_another(egg, turned):
    position_map = turned(0).apply(egg.mean).astype(np.float32)
    visibility = visibility_of(position_map, egg, egg.mesh("medium"))
    plain = photograph(egg, turned(0))
    masked = plain.copy()
    masked[350:450] = 0
    hidden = (position_map[..., 1] > 345) & (position_map[..., 1] < 455)
    views = [view_texture(photo, position_map, visibility, 256) for photo in (masked, plain)]
    texture, _ = complete(merge(views, [np.where(hidden, 0.05, 1), np.ones_like(hidden)]), egg)
    expected, _ = complete(views[1], egg)
    assert np.abs(texture.astype(int) - expected)[64:192, 64:192].mean() < 3


def test_a_face_cut_by_the_photos_edge_is_not_smeared(egg, turned):
    pose = turned(0)
    photo = photograph(egg, pose)[:, :430]  # most of the right half is missing
    position_map = pose.apply(egg.mean).astype(np.float32)
    texture, mask = make_texture(photo, position_map, egg, visibility_of(position_map, egg, egg.mesh("medium")), 256)
    assert mask[100:156, 150:].max() == 0
    column = texture[60:200, 185].astype(float)
    assert column.std(0).max() > 4  # spots from the other half; a smear would be plain


def test_a_large_photo_is_not_aliased(egg, turned):
    pose = turned(0, scale=3.5)
    stripes = np.zeros((800, 800, 3), np.uint8)
    stripes[:, ::2] = 255
    position_map = pose.apply(egg.mean).astype(np.float32)
    texture, _ = make_texture(stripes, position_map, egg, visibility_of(position_map, egg, egg.mesh("medium")), 64)
    assert np.abs(texture[24:40, 24:40].astype(int) - 128).max() < 25


def test_push_pull_keeps_known_values_and_fills_smoothly():
    values = np.tile(np.linspace(0, 100, 64)[:, None, None], (1, 64, 1))
    weights = np.zeros((64, 64))
    weights[:, :20] = 1
    result = push_pull(values, weights)[..., 0]
    np.testing.assert_allclose(result[:, :20], values[:, :20, 0], atol=1e-3)
    assert np.abs(np.diff(result, axis=1)).max() < 12 and result.min() >= -0.01 and result.max() <= 100.01


def test_black_bars_are_no_part_of_a_photo_and_dark_hair_is():
    """A bar is as long as the photo's edge; compression leaves it almost black."""
    photo = np.full((60, 80, 3), 120, np.uint8)
    photo[:, :10], photo[50:], photo[:20, 30:70] = 3, 5, 0
    assert without_bars(photo) == (10, 0, 79, 49)
    assert without_bars(np.zeros((6, 8, 3), np.uint8)) == (0, 0, 7, 5)
