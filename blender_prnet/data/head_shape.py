# SPDX-License-Identifier: GPL-3.0-or-later
"""How people's heads differ: what the sliders of the panel Shape do to the extension's own head.

The head's identity components have weights that are about N(0, 1) among people. A measure such as the nose's width is
nearly linear in them, so the most likely change of a head that widens its nose by so much, and changes none of the
other measures, is a direction in the weights: the row of the measures' pseudoinverse. A slider at 1 goes one standard
deviation along it, at 3 to the border of what is seen among people.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from .landmark_vertices import layout_places, nearest_vertices

COMPONENTS = 8  # of the identity, the strongest, that have sliders of their own
Z = 2  # canonical: towards the viewer


@dataclass(frozen=True)
class Landmarks:
    """The 68 landmarks of the mean head, points (68, 3), and how the K components move them, moves (K, 68, 3)."""

    points: np.ndarray
    moves: np.ndarray

    def distance(self, a: int, b: int) -> np.ndarray:
        """Return by how much each component changes the distance of two landmarks, (K,) millimetres."""
        apart = self.points[a] - self.points[b]
        return (self.moves[:, a] - self.moves[:, b]) @ (apart / np.linalg.norm(apart))

    def ahead(self, those: list[int], others: list[int]) -> np.ndarray:
        """Return by how much each component moves some landmarks forward relative to others, (K,) millimetres."""
        return self.moves[:, those, Z].mean(1) - self.moves[:, others, Z].mean(1)


# Slider -> its measure. iBUG's numbers: 0-16 jaw, 17-26 brows, 27-35 nose, 36-47 eyes, 48-67 mouth.
MEASURES: dict[str, Callable[[Landmarks], np.ndarray]] = {
    "face_width": lambda marks: marks.distance(1, 15),
    "jaw_width": lambda marks: marks.distance(4, 12),
    "chin_length": lambda marks: marks.distance(57, 8),
    "nose_length": lambda marks: marks.distance(27, 33),
    "nose_width": lambda marks: marks.distance(31, 35),
    "nose_projection": lambda marks: marks.ahead([30], [31, 35]),
    "brow_ridge": lambda marks: marks.ahead([18, 19, 24, 25], [36, 39, 42, 45]),
    "mouth_width": lambda marks: marks.distance(48, 54),
    "lips": lambda marks: marks.distance(51, 57),
    "eye_size": lambda marks: marks.distance(36, 39) + marks.distance(42, 45),
    "eye_distance": lambda marks: marks.distance(36, 45) + marks.distance(39, 42),
}


@cache
def slider_offsets(head_file: Path, layout_file: Path) -> np.ndarray:
    """Return what each slider moves at 1: those of MEASURES, then the components; (S, V, 3) float32, canonical mm.

    head_file: the own head's, see nets/topology/own_head.py; layout_file: of the network's bundle, with the places of
    the landmarks. Raises OSError.
    """
    with np.load(head_file, allow_pickle=False) as stored:
        neutral, chart = stored["neutral"], stored["chart"]
        identity = stored["identity"] * stored["identity_scale"][:, None, None]
    nearest = nearest_vertices(chart, layout_places(layout_file, "features"))
    marks = Landmarks(neutral[nearest], identity[:, nearest])
    gradients = np.stack([measure(marks) for measure in MEASURES.values()])
    directions = np.linalg.pinv(gradients).T  # (11, K)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    weights = np.concatenate([directions, np.eye(COMPONENTS, len(identity))])
    return np.tensordot(weights.astype(np.float32), identity.astype(np.float32), 1)


@cache
def vertex_count(head_file: Path) -> int:
    """Return the number of vertices that the offsets are for, without reading them. Raises OSError."""
    with np.load(head_file, allow_pickle=False) as stored:
        return len(stored["neutral"])
