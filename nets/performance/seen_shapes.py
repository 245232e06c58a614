# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's shape in each frame of a clip, without the pose; before a camera, without its perspective too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.geometry.perspective_fit import fit_perspective
from nets.geometry.pose import Pose
from nets.geometry.similarity import Similarity
from nets.interface.perspective import Camera, PerspectivePose

CHUNK = 128  # frames in memory at a time
KEPT = 1024  # shapes of a short clip stay in memory, 50 MB at most, since several passes need them
EVERY = 2  # coarse texels between those to which a pose is fitted


class SeenShapes:
    """The estimates of one person.

    estimates: (S,) of nets.performance.cache.FACE_RECORD, all estimates of the clip, a memory map
    rows: (F,), the person's rows of them
    camera: of the clip; None without perspective
    """

    def __init__(self, estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape, camera: Camera | None):
        self.estimates, self.rows, self.coarse, self.camera = estimates, rows, coarse, camera
        self._sample = sample_texels(coarse)
        self._pose = lru_cache(maxsize=None)(self._fitted)  # small, and needed in every pass
        self._shape = lru_cache(maxsize=KEPT)(self._freed)

    def shapes(self, rows: np.ndarray) -> Iterator[np.ndarray]:
        """Yield the canonical coarse shapes (f, M, 3) float32 of some of the rows, a chunk at a time."""
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            if self.camera is None:
                offsets = self.estimates["offset"][part].astype(np.float32)
                yield (offsets + self.coarse.mean).reshape(len(part), -1, 3)
            else:
                yield np.stack([self._shape(row) for row in part.tolist()])

    def poses(self, rows: np.ndarray, fit: Similarity) -> list[Pose | PerspectivePose]:
        """Return the poses of another shape in some of the rows.

        fit: the similarities (f) that carry that shape onto shapes(rows)
        """
        parts = zip(rows.tolist(), fit.scale, fit.rotation, fit.translation, strict=True)
        return [self._pose_of(row, *part) for row, *part in parts]

    def _pose_of(self, row, scale, rotation, translation) -> Pose | PerspectivePose:
        pose = self._pose(row)
        if self.camera is None:
            moved = pose.translation + pose.scale * pose.rotation @ translation
            return Pose(float(pose.scale * scale), pose.rotation @ rotation, moved, 0.0)
        turn, place = pose.in_camera_space()
        return PerspectivePose.in_photo(self.camera, turn @ rotation, (place + turn @ translation) / scale)

    def _fitted(self, row: int) -> Pose | PerspectivePose:
        pose = pose_of(self.estimates[row])
        if self.camera is None:
            return pose
        mean, seen = (values.reshape(-1, 3)[self._sample] for values in (self.coarse.mean, self._seen(row)))
        return fit_perspective(mean, seen, self.camera, pose)

    def _freed(self, row: int) -> np.ndarray:
        """Return a row's shape (M, 3) without pose and perspective."""
        return self._pose(row).undo(self._seen(row))

    def _seen(self, row: int) -> np.ndarray:
        return seen_points(self.estimates[row], self.coarse)


def pose_of(estimate: np.ndarray) -> Pose:
    """Return the pose of an estimate, without perspective."""
    return Pose(float(estimate["scale"]), estimate["rotation"], estimate["translation"], 0.0)


def seen_points(estimate: np.ndarray, coarse: CoarseShape) -> np.ndarray:
    """Return an estimate's coarse shape (M, 3) float32 in the clip's pixels."""
    return pose_of(estimate).apply(estimate["offset"].astype(np.float32) + coarse.mean).reshape(-1, 3)


def sample_texels(coarse: CoarseShape) -> np.ndarray:
    """Return some coarse texels (K,) that lie on the surface, evenly distributed."""
    on_surface = coarse.weights > 0.5
    on_surface[1::EVERY] = on_surface[:, 1::EVERY] = False
    return np.flatnonzero(on_surface)
