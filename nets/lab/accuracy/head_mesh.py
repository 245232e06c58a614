# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the own head's surfaces stay apart: skin from itself, lids from eyeballs, teeth from lips."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from nets.geometry.uv_layout import UVLayout
from nets.interface.expressions import EXPRESSIONS
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.crossings import crossings, self_crossings
from nets.lab.raster import depth_buffer
from nets.lab.synth.expressions import draw_expression
from nets.topology.arkit import NAMES, named_weights
from nets.topology.face_model import triangles_of
from nets.topology.fit import FittedHead
from nets.topology.head import HeadMaker
from nets.topology.head_model import HeadModel

RANDOM_EXPRESSIONS = 1000
NEAR_TEETH = 25.0  # millimetres within which skin may meet teeth
LIP = 6.0  # millimetres behind a tooth within which the outside of a lip is one that the tooth stands out of
MOUTH_PIXELS, EYE_PIXELS = 4, 20  # per millimetre, of the views of mouth and eye
SMALLEST = 0.5  # square millimetres of a tooth that one sees
AROUND_EYE = 15.0  # millimetres round the eyeball in which the lids lie


def check_head_mesh(layout: UVLayout) -> Section:
    """Measure the mean head, as it is fitted to the layout's mean face."""
    maker = HeadMaker(layout)
    fitted, model = mean_head(maker), maker.model
    skin = skin_triangles(model)
    keys = dict(zip(fitted.names, fitted.shapes, strict=True))
    counts = {name: len(self_crossings(fitted.rest + shape, skin)) for name, shape in keys.items()}
    worst = sorted(counts, key=counts.get)[::-1][:5]
    teeth = TeethAndLips(model, fitted)
    shown, crossed = np.array([teeth.through(weights) for weights in random_expressions(RANDOM_EXPRESSIONS)]).T
    strips = [visible_strip(model, fitted.rest + keys[f"eyeBlink{side}"], side) for side in model.lids]
    figures = [
        Figure("crossings of the skin at rest", len(self_crossings(fitted.rest, skin)), ""),
        Figure("crossings in the mean of the keys at 1", float(np.mean(list(counts.values()))), ""),
        Figure("eye left in view by a blink", max(strips), "mm"),
        Figure("expressions with teeth seen through lips", 100 * float((shown > SMALLEST).mean())),
        Figure("most that is seen of them", float(shown.max()), "mm²"),
        Figure("expressions with teeth in lips, mostly unseen", 100 * float((crossed > 0).mean())),
    ]
    rows = ["most crossings: " + ", ".join(f"{name} {counts[name]}" for name in worst)]
    return Section("head's mesh", f"the mean head, {RANDOM_EXPRESSIONS} random expressions", figures, rows)


def mean_head(maker: HeadMaker) -> FittedHead:
    """Return the head of the layout's mean face."""
    layout = maker.layout
    vertices = layout.sample(layout.mesh("medium"), layout.mean).astype(np.float32)
    return maker.make(vertices, np.full((256, 256, 3), 128, np.uint8), np.zeros((2, 2))).fitted


def random_expressions(count: int) -> np.ndarray:
    """Return weights (count, 52) of nets.topology.arkit.NAMES that the generator draws."""
    rng = np.random.default_rng(0)
    return named_weights(np.stack([draw_expression(rng, EXPRESSIONS)[0] for _ in range(count)]))


def skin_triangles(model: HeadModel) -> np.ndarray:
    """Return the triangles (M, 3) of the skin."""
    return triangles_of(model.faces[model.part == model.part_names.index("skin")])


class TeethAndLips:
    """A fitted head's teeth and the skin near them, in any expression."""

    def __init__(self, model: HeadModel, fitted: FittedHead):
        teeth, skin = triangles_of(model.faces[model.part == model.part_names.index("teeth")]), skin_triangles(model)
        away = cKDTree(model.neutral[np.unique(teeth)]).query(model.neutral[skin].mean(1))[0]
        both = np.concatenate([teeth, skin[away < NEAR_TEETH]])
        used, places = np.unique(both, return_inverse=True)
        self._columns = [NAMES.index(name) for name in fitted.names]
        self._rest, self._shapes = fitted.rest[used], fitted.shapes[:, used]
        self._teeth, self._skin = np.split(places.reshape(-1, 3).astype(np.int32), [len(teeth)])

    def through(self, weights: np.ndarray) -> tuple[float, int]:
        """Return how much of the teeth stands out of lips as seen from the front, square millimetres, and how many
        pairs of triangles of teeth and skin cross. weights: (52,), of NAMES."""
        head = self._rest + np.tensordot(weights[self._columns], self._shapes, 1)
        points = head - head.min(0)
        size = tuple(np.ceil(points.max(0)[:2] * MOUTH_PIXELS).astype(int))
        a, b, c = np.moveaxis(points[self._skin], 1, 0)
        outside = self._skin[np.cross(b - a, c - a)[:, 2] > 0]  # what turns its outside to the front
        screen = points * (MOUTH_PIXELS, MOUTH_PIXELS, 1)
        tooth, skin, lips = (depth_buffer(screen, part, size) for part in (self._teeth, self._skin, outside))
        shown = (tooth > skin) & (lips > tooth - LIP)
        return float(shown.sum() / MOUTH_PIXELS**2), len(crossings(head, self._teeth, self._skin))


def visible_strip(model: HeadModel, head: np.ndarray, side: str) -> float:
    """Return the greatest height, millimetres, of what is seen of an eyeball of a head (V, 3) from the front."""
    ball = triangles_of(model.faces[np.isin(model.faces, model.eyes[side]).all(1)])
    low, high = head[model.eyes[side]].min(0) - 1, head[model.eyes[side]].max(0) + 1
    skin = skin_triangles(model)
    near = ((head[skin] > low - AROUND_EYE) & (head[skin] < high + AROUND_EYE)).all((1, 2))
    size = tuple(np.ceil((high - low)[:2] * EYE_PIXELS).astype(int))
    behind, before = (depth_buffer((head - low) * EYE_PIXELS, part, size) for part in (ball, skin[near]))
    return float((behind > before).sum(0).max() / EYE_PIXELS)
