# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of the face model on a scanned head, whose vertices move as the model's nearest points do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from nets.geometry.uv_layout import UVLayout
from nets.lab.accuracy.scan_files import Scan
from nets.lab.face_chart import build_chart
from nets.lab.synth.shape import draw_person
from nets.topology.face_model import FaceModel

INNER = slice(17, 68)  # landmarks, iBUG order: people and programs place the jaw's differently
NEIGHBOURS = 4  # texels whose motion a vertex takes the mean of
REACH = 12.0  # millimetres from the model's face over which the motion fades out


class Expressions:
    """Puts random expressions on scans at rest (see nets.lab.accuracy.scan.at_rest) whose landmarks are known."""

    def __init__(self, model: FaceModel, layout: UVLayout):
        self._model, self._layout, self._chart = model, layout, build_chart(model)
        self._face = layout.mask & ~layout.bridged
        self._tree = cKDTree(layout.mean[self._face])

    def wear(self, scan: Scan, rng: np.random.Generator, strength: float) -> Scan:
        """Return the scan with an expression drawn as for training, whose weights are multiplied by `strength`."""
        weights = strength * draw_person(rng, self._model.expression_names).expression
        nobody = np.zeros(len(self._model.identity), np.float32)
        rest, moved = (
            self._chart.position_map(self._model.shape(nobody, each)) for each in (np.zeros_like(weights), weights)
        )
        motion = (moved - rest)[self._face]
        onto = RBFInterpolator(
            scan.landmarks68[INNER], self._layout.features_of(self._layout.mean)[INNER], kernel="linear"
        )
        distance, number = self._tree.query(onto(scan.vertices), NEIGHBOURS)
        share = 1 / np.maximum(distance, 0.1)
        mean = (motion[number] * (share / share.sum(1, keepdims=True))[..., None]).sum(1)
        near = np.exp(-((distance[:, 0] / REACH) ** 2))
        return replace(scan, vertices=scan.vertices + near[:, None] * mean)
