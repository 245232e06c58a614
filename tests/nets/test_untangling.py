# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin that crosses itself comes apart: a fold that is made up, and the head that ships."""

import numpy as np

from nets.lab.crossings import self_crossings
from nets.lab.head.untangling import Untangler
from nets.topology.face_model import triangles_of
from nets.topology.own_head import load_own_head

SIDE = 21


def folded_sheet() -> tuple[np.ndarray, np.ndarray]:
    """Return a sheet bent to a U, its outside within, whose arms sink into each other by 0.6 mm: points, quads."""
    across, along = np.meshgrid(np.arange(SIDE, dtype=float), np.arange(2 * SIDE, dtype=float))
    away = np.abs(along - SIDE + 0.5)
    gap = np.minimum(away, 3) - 3.6 * np.exp(-((away - 12) ** 2 + (across - 10) ** 2) / 12)
    points = np.stack([across, away, np.sign(along - SIDE + 0.5) * gap / 2], -1).reshape(-1, 3)
    n = np.arange(len(points)).reshape(across.shape)
    return points, np.stack([n[:-1, :-1], n[1:, :-1], n[1:, 1:], n[:-1, 1:]], -1).reshape(-1, 4)


def test_arms_that_sink_into_each_other_come_apart():
    """What touches is drawn back into its own side, and the rest of the sheet stays where it was."""
    points, quads = folded_sheet()
    sheet = Untangler(quads, len(points))
    assert len(self_crossings(points, sheet.triangles)) > 20
    moved = sheet.untangled(points)
    assert len(self_crossings(moved, sheet.triangles)) == 0
    apart = np.linalg.norm(moved - points, axis=1)
    assert apart.max() < 1.5
    assert apart[points[:, 0] < 3].max() < 0.01


def test_the_head_crosses_itself_nowhere_but_in_its_lids():
    model = load_own_head()
    skin = triangles_of(model.faces[model.part == model.part_names.index("skin")])
    lids = np.isin(skin, np.concatenate([columns.ravel() for columns in model.lid_columns.values()])).any(1)
    for shape in (0, *(model.expression[model.expression_names.index(n)] for n in ("mouthPucker", "mouthPress_L"))):
        assert not len(self_crossings(model.neutral + shape, skin[~lids]))


def test_lips_that_close_before_an_open_jaw_do_not_cross():
    """Whatever the jaw's opening: mouthClose belongs on top of jawOpen."""
    model = load_own_head()
    skin = triangles_of(model.faces[model.part == model.part_names.index("skin")])
    mouth = skin[np.linalg.norm(model.neutral[skin].mean(1) - (0, -68, 24), axis=1) < 20]
    opened, closed = (model.expression[model.expression_names.index(name)] for name in ("jawOpen", "mouthClose"))
    assert len(self_crossings(model.neutral + 0.5 * opened + closed, mouth)) > 50
    for weight in (0.25, 0.5, 1):
        assert not len(self_crossings(model.neutral + weight * (opened + closed), mouth))
