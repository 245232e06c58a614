# SPDX-License-Identifier: GPL-3.0-or-later
"""The openings between the lids in the UV layout, and which part of the eyeballs a capture shows in them."""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.uv_layout import UVLayout
from nets.topology.head_model import HeadModel, Sighting
from nets.topology.seen_eyes import DETAIL

LASHES = 0.006  # of the layout, within the openings' edges: lashes lie there


class EyeOpenings:
    """The eyes' openings of a head in a layout; made once, used for any number of captures."""

    def __init__(self, model: HeadModel, layout: UVLayout):
        self._model, self._size = model, len(layout.mask)
        rows = np.arange(self._size)[:, None]
        lids = np.where(rows < layout.landmarks[30, 0], layout.bridged, False)  # above the nose's tip: not the lips
        outlines = cv2.findContours(lids.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]
        self.mask = cv2.drawContours(np.zeros_like(lids, np.uint8), outlines, -1, 1, cv2.FILLED)  # 1 inside
        edge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * round(LASHES * DETAIL) + 1,) * 2)
        inside = cv2.erode(cv2.resize(self.mask, (DETAIL, DETAIL), interpolation=cv2.INTER_LINEAR), edge)
        texels = np.argwhere(inside)
        left = texels[:, 1] > DETAIL / 2
        self._texels = {"Left": texels[left], "Right": texels[~left]}  # row and column at DETAIL
        self._pupils = {side: eye[model.neutral[eye, 2].argmax()] for side, eye in model.eyes.items()}

    def shown(self, sighting: Sighting) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return for each eye its texels (N, 2) and their angles (N, 2) from the line of sight, see seen_eyes."""
        return [(texels, self._angles(sighting, side, texels)) for side, texels in self._texels.items()]

    def _angles(self, sighting: Sighting, side: str, texels: np.ndarray) -> np.ndarray:
        centre = self._model.eye_centre(sighting.head, side)
        ahead = sighting.head[self._pupils[side]] - centre
        right = np.cross((0, 1, 0), ahead)
        axes = np.stack([each / np.linalg.norm(each) for each in (right, np.cross(ahead, right), ahead)], 1)
        points = sighting.points((texels + 0.5) * self._size / DETAIL - 0.5) - centre
        across, up, forward = (points @ axes).T
        angle = np.arctan2(np.hypot(across, up), forward)
        return np.stack([across, up], 1) * (angle / np.maximum(np.hypot(across, up), 1e-6))[:, None]
