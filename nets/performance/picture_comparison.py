# SPDX-License-Identifier: GPL-3.0-or-later
"""The pictures of a clip's person, each compared with the picture of the person's own rest in the same shot."""

from __future__ import annotations

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.performance.motion_reading import load_motion_reading
from nets.performance.performance import fill_gaps, shots
from nets.performance.person import TrackedPerson
from nets.performance.picture_reading import KEYS, load_picture_reading
from nets.topology.arkit import NAMES, named_weights

FARTHEST = 5.0  # standard deviations up to which a reading counts as away from rest


def read_pictures(
    person: TrackedPerson, estimates: np.ndarray, rows: np.ndarray, cuts: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Return what a person's pictures add to the readings of motion (F, 52), in each shot above its own rest.

    estimates, rows: see nets.performance.seen_shapes.SeenShapes; cuts: whether a new shot begins, of the clip's frames
    """
    motion, pictures = load_motion_reading(), load_picture_reading()
    readings = motion.of_shape(person, person.weights, person.expression, coarse)
    away = np.abs(readings - motion.at_rest(readings, named_weights(person.expression)))[:, KEYS] / motion.noise[KEYS]
    away = away.clip(0, FARTHEST).sum(1)
    added = np.zeros((len(rows), len(NAMES)), np.float32)
    for shot in shots(person.frame, cuts):
        frames = np.arange(len(rows))[shot]
        shown = np.array([estimates["view"][rows[frame]].any() for frame in frames])
        if not shown.any():
            continue
        seen = frames[shown]
        rest = seen[away[seen].argmin()]
        views = estimates["view"]
        added[seen] = pictures.added(views[rows[rest]], views[rows[seen]], readings[seen] - readings[rest])
        added[frames] = fill_gaps(seen - frames[0], added[seen], len(frames), "interpolate")
    return added
