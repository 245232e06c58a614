# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of the photos, with what was found drawn on them."""

from __future__ import annotations

import base64
from dataclasses import replace

import cv2
import numpy as np

from nets.capture.face import FaceResult
from nets.capture.mesh_formats import draw_overlay

SIDE = 240  # pixels, the longer one
MARGIN = 0.8  # of a face's size, round the faces
QUALITY = 80


class Thumbnail:
    """The part of a photo (H, W, 3) uint8 where the faces are, by their boxes (4,); all of it if there are none."""

    def __init__(self, photo: np.ndarray, boxes: list[np.ndarray]):
        left, top, right, bottom = _surroundings(photo, boxes)
        part = photo[top:bottom, left:right]
        self._origin, self._scale = np.array([left, top]), min(SIDE / max(part.shape[:2]), 1)
        size = (max(round(side * self._scale), 1) for side in part.shape[1::-1])
        self._picture = cv2.resize(part, tuple(size), interpolation=cv2.INTER_AREA)

    def draw(self, face: FaceResult) -> None:
        box = self._move(face.box.reshape(2, 2)).ravel()
        moved = replace(face, vertices=self._move(face.vertices), landmarks68=self._move(face.landmarks68), box=box)
        self._picture = draw_overlay(moved, self._picture)

    def encode(self) -> str:
        """A JPEG in base64."""
        picture = cv2.cvtColor(self._picture, cv2.COLOR_RGB2BGR)
        return base64.b64encode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]).decode()

    def _move(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 2 or 3) of the photo -> of the thumbnail."""
        xy = (points[:, :2] - self._origin + 0.5) * self._scale - 0.5
        return np.concatenate([xy, points[:, 2:] * self._scale], 1)


def _surroundings(photo: np.ndarray, boxes: list[np.ndarray]) -> np.ndarray:
    """Left, top, right, bottom."""
    size = np.array([photo.shape[1], photo.shape[0]])
    if not boxes:
        return np.array([0, 0, *size])
    edges = np.stack(boxes)
    margin = MARGIN * np.sqrt((edges[:, 2:] - edges[:, :2]).prod(1, keepdims=True))
    low = np.clip((edges[:, :2] - margin).min(0), 0, size - 1)
    high = np.clip((edges[:, 2:] + margin).max(0), low + 1, size)
    return np.rint(np.concatenate([low, high])).astype(int)
