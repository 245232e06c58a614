# SPDX-License-Identifier: GPL-3.0-or-later
"""Thumbnails of the photos with their faces drawn on them."""

from __future__ import annotations

import base64
from dataclasses import replace

import cv2
import numpy as np

from nets.capture.face import FaceResult
from nets.capture.mesh_formats import draw_overlay

SIDE = 240  # pixels of the longer side
MARGIN = 0.8  # round the faces, in sizes of a face
QUALITY = 80  # of JPEG, per cent


class Thumbnail:
    """A small picture of the part of a photo where the faces are, or of all of it if there are none.

    photo: (H, W, 3) uint8 RGB; boxes: (4,) each, left, top, right, bottom in pixels.
    """

    def __init__(self, photo: np.ndarray, boxes: list[np.ndarray]):
        left, top, right, bottom = _surroundings(photo, boxes)
        part = photo[top:bottom, left:right]
        self._origin, self._scale = np.array([left, top]), min(SIDE / max(part.shape[:2]), 1)
        size = (max(round(side * self._scale), 1) for side in part.shape[1::-1])
        self._picture = cv2.resize(part, tuple(size), interpolation=cv2.INTER_AREA)

    def draw(self, face: FaceResult) -> None:
        """Draw a face on the thumbnail."""
        box = self._move(face.box.reshape(2, 2)).ravel()
        moved = replace(face, vertices=self._move(face.vertices), landmarks68=self._move(face.landmarks68), box=box)
        self._picture = draw_overlay(moved, self._picture)

    def encode(self) -> str:
        """Return the thumbnail as a JPEG in base64."""
        picture = cv2.cvtColor(self._picture, cv2.COLOR_RGB2BGR)
        return base64.b64encode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]).decode()

    def _move(self, points: np.ndarray) -> np.ndarray:
        """Convert points (K, 2 or 3) of the photo into pixels of the thumbnail."""
        xy = (points[:, :2] - self._origin + 0.5) * self._scale - 0.5
        return np.concatenate([xy, points[:, 2:] * self._scale], 1)


def _surroundings(photo: np.ndarray, boxes: list[np.ndarray]) -> np.ndarray:
    """Return the part of the photo to show: left, top, right, bottom in pixels."""
    size = np.array([photo.shape[1], photo.shape[0]])
    if not boxes:
        return np.array([0, 0, *size])
    edges = np.stack(boxes)
    margin = MARGIN * np.sqrt((edges[:, 2:] - edges[:, :2]).prod(1, keepdims=True))
    low = np.clip((edges[:, :2] - margin).min(0), 0, size - 1)
    high = np.clip((edges[:, 2:] + margin).max(0), low + 1, size)
    return np.rint(np.concatenate([low, high])).astype(int)
