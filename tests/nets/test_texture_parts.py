# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of one face's texture in another's: where they are, and that they fit in colour."""

import numpy as np
import pytest

from nets.capture.texture_parts import PARTS, part_masks, take_parts
from nets.commands import run_command
from nets.errors import UsageError
from nets.io.files import replace_npz
from nets.io.photo import read_photo
from nets.model.bundle import load_bundle
from nets.topology.head_parts import masks_on, take_from

TONE, OTHER = (190, 150, 130), (90, 60, 45)
LANDMARKS = {"eyes": range(36, 48), "brows": range(17, 27), "nose": range(28, 36), "lips": range(48, 68)}


@pytest.fixture(scope="module")
def layout():
    return load_bundle().layout


@pytest.fixture(scope="module")
def masks(layout):
    return part_masks(layout)


def skin(tone, size=512):
    return np.full((size, size, 3), tone, np.uint8)


def test_every_part_has_its_landmarks_and_both_sides_alike(layout, masks):
    assert tuple(masks) == PARTS
    for name, numbers in LANDMARKS.items():
        assert (masks[name][tuple(layout.landmarks[list(numbers)].T)] > 0.4).all(), name
    assert all(np.allclose(mask, mask[:, ::-1]) for mask in masks.values())
    assert sum(masks.values()).max() < 1.6  # feathered edges overlap, the parts do not
    assert all((mask > 0.9).sum() > 300 for mask in masks.values())


def test_a_part_comes_with_its_detail_in_the_colours_around_it(masks):
    source = skin(OTHER)
    source[120:160, ::4] -= 20  # lashes, say
    taken = take_parts(skin(TONE), source, masks["eyes"]).astype(int)
    inside = np.kron(masks["eyes"] > 0.999, np.ones((2, 2), bool))
    assert np.abs(np.median(taken[inside], 0) - TONE).max() <= 3
    lashes = inside & (np.arange(512) % 4 == 0) & (np.arange(512)[:, None] >= 120) & (np.arange(512)[:, None] < 160)
    assert lashes.any() and np.abs(taken[lashes] - (np.array(TONE) - 20)).max() <= 6
    outside = np.kron(masks["eyes"] < 1e-6, np.ones((2, 2), bool))
    assert (taken[outside] == TONE).all()


def test_a_part_of_a_black_and_white_face_has_no_colours(masks):
    source = skin(OTHER)
    source[::3] = (40, 120, 160)
    grey = np.random.default_rng(0).integers(90, 150, (512, 512, 1)).repeat(3, 2).astype(np.uint8)
    taken = take_parts(grey, source, masks["eyes"]).astype(int)
    inside = np.kron(masks["eyes"] > 0.999, np.ones((2, 2), bool))
    assert np.ptp(taken, axis=2).max() <= 2 and np.ptp(taken[inside]) > 20


def test_nothing_changes_if_a_face_takes_its_own_part(masks):
    own = np.random.default_rng(1).integers(0, 255, (256, 256, 3)).astype(np.uint8)
    assert np.abs(take_parts(own, own, masks["nose"]).astype(int) - own).max() == 0


def test_whole_heads_take_eyes_as_a_texture_of_their_own(layout):
    own, other = ({"skin": skin(tone), "eyes": skin(tone, 64)} for tone in (TONE, OTHER))
    chosen = {"eyes": masks_on("head", layout)["eyes"]}
    changed = take_from(own, "head", other, "head", chosen)
    assert (changed["eyes"] == OTHER).all()
    with pytest.raises(UsageError, match="same kind of mesh"):
        take_from(own, "head", {"skin": skin(OTHER)}, "grid", chosen)
    with pytest.raises(UsageError, match="own head only"):
        masks_on("model", layout)


def test_the_command_writes_the_texture_and_its_mask_which_may_be_changed(tmp_path, capsys):
    for name, tone in (("a", TONE), ("b", OTHER)):
        replace_npz(tmp_path / f"{name}.npz", {"texture": skin(tone)})
    command = ["take-part", str(tmp_path / "a.npz"), "--source", str(tmp_path / "b.npz"), "--parts"]
    assert run_command([*command, "lips,brows", "--out", str(tmp_path / "out")]) == 0
    assert np.abs(read_photo(tmp_path / "out/skin.png").astype(int) - TONE).max() <= 3
    assert read_photo(tmp_path / "out/mask.png").max() == 255
    again = [*command, "lips", "--mask", str(tmp_path / "out/mask.png"), "--out", str(tmp_path / "again")]
    assert run_command(again) == 0
    assert np.array_equal(read_photo(tmp_path / "out/skin.png"), read_photo(tmp_path / "again/skin.png"))
    assert run_command([*command, "hat", "--out", str(tmp_path / "out")]) == 2
    assert "there is no part hat" in capsys.readouterr().err
