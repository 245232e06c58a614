# SPDX-License-Identifier: GPL-3.0-or-later
"""What a frame shows of a face whose place is known, and how far each part of it can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from nets.capture.pinned_landmarks import follow_pins
from nets.geometry.coarse_map import COARSE
from nets.geometry.crop import SIDE_PER_BOX
from nets.geometry.pose import Pose, fit_pose
from nets.io.clip_frame import ClipFrame
from nets.performance.crop_window import CropWindow
from nets.performance.fixes import Fix, moved_landmarks
from nets.performance.tracker import Tracker

SHARP = 0.01  # of the face's size: expected error up to which a point is trusted fully
POWER = 8  # with which trust falls with the expected error: errors of hidden parts last, and do not cancel out
LEAST = 1e-5  # trust of what cannot be seen
BY_HAND, AROUND = 100.0, 15.0  # trust in what was placed by hand, and millimetres around it that follow
DEFAULT_UNCERTAINTY = 0.03  # of the face's size, for networks that predict none
CLEAR = 0.02  # of the face's size: expected error up to which a face is seen clearly
AWAY = 0.3  # of the face's size, by which a face may have moved since it was last seen
TEXELS = COARSE * COARSE


@dataclass(frozen=True)
class Sighting:
    """A face in one frame, in the clip's pixels.

    points: (P, 3), the texels of the coarse map, then the 68 landmarks
    trust: (P,), 1 for what is clearly seen, LEAST for what is hidden
    error: the network's expected error, median over the face, pixels
    window: where the network looked
    confidence: of the network; expression, gaze: (53,), (2, 2), see nets.performance.cache.FACE_RECORD
    """

    points: np.ndarray
    trust: np.ndarray
    error: float
    window: CropWindow
    confidence: float
    expression: np.ndarray
    gaze: np.ndarray

    @property
    def landmarks(self) -> np.ndarray:
        return self.points[TEXELS:]

    @property
    def size(self) -> float:
        """The size of the face, pixels."""
        return self.window.side / SIDE_PER_BOX

    @property
    def is_clear(self) -> bool:
        return self.error < CLEAR * self.size

    def moved(self, shift: np.ndarray) -> Sighting:
        """Return this with its points (P, 3) shifted."""
        return replace(self, points=self.points + shift)

    @staticmethod
    def mean(sightings: list[Sighting], weights: np.ndarray) -> Sighting:
        """Return the mean of sightings (S,) of a frame by weights (S,), point by point by what can be trusted."""
        trust = np.stack([weight * each.trust for weight, each in zip(weights, sightings, strict=True)])
        points = np.stack([each.points for each in sightings])
        best = sightings[int(weights.argmax())]
        return replace(
            best,
            points=(trust[..., None] * points).sum(0) / trust.sum(0)[:, None],
            trust=trust.sum(0),
            confidence=float(weights @ [each.confidence for each in sightings]),
            expression=sum(weight * each.expression for weight, each in zip(weights, sightings, strict=True)),
            gaze=sum(weight * each.gaze for weight, each in zip(weights, sightings, strict=True)),
        )


class Watcher:
    """Looks at one person of a clip in given windows."""

    def __init__(self, tracker: Tracker):
        self._capturer = tracker.capturer
        self.coarse = tracker.coarse
        layout = self._capturer.layout
        self.mean = np.concatenate([self.coarse.mean.reshape(-1, 3), layout.landmarks_of(layout.mean)])
        self.surface = np.concatenate([self.coarse.weights.ravel(), np.zeros(len(self.mean) - TEXELS)])

    def look(self, frame: ClipFrame, window: CropWindow) -> Sighting:
        """Return what the network sees in a window of a frame."""
        return self._look(frame, window)[0]

    def look_again(
        self, frame: ClipFrame, fix: Fix, near: Sighting, clear: Callable[[], Sighting]
    ) -> tuple[Sighting, Sighting]:
        """Return what the network sees in a frame that a user has fixed, and the same with the user's correction.

        near: the person in a frame near by
        clear: returns the person in the nearest frame that shows them clearly, whose face the pins move where the
            network sees nothing in this one
        """
        window = CropWindow.of(moved_landmarks(near.landmarks, fix, near.points[fix.rows]), self.roll_of(near))
        seen = self.look(frame, window)
        moved = moved_landmarks(seen.landmarks, fix, seen.points[fix.rows]) if fix.pins else seen.landmarks
        window = CropWindow.of(moved, self.roll_of(seen))
        seen, position_map = self._look(frame, window)
        if not fix.pins:
            return seen, seen
        error = seen.error
        if not seen.is_clear:
            position_map, error = self._map_of(clear()), AWAY * seen.size
        layout = self._capturer.layout
        fixed = self._points(follow_pins(position_map, fix.points, fix.places, layout, error))
        pinned = self.mean[fix.rows]
        square = ((self.mean[:, None] - pinned) ** 2).sum(-1).min(1)
        return seen, replace(seen, points=fixed, trust=seen.trust + BY_HAND * np.exp(-square / (2 * AROUND**2)))

    def _map_of(self, sighting: Sighting) -> np.ndarray:
        """Return a sighting's position map (256, 256, 3)."""
        pose = self.pose_of(sighting)
        offset = (pose.undo(sighting.points) - self.mean)[:TEXELS].reshape(self.coarse.mean.shape)
        return pose.apply(self.coarse.shape(offset.astype(np.float32))).astype(np.float32)

    def pose_of(self, sighting: Sighting) -> Pose:
        """Return the pose of the mean face, by what can be trusted."""
        return fit_pose(self.mean, sighting.points, self.surface * sighting.trust)

    def roll_of(self, sighting: Sighting) -> float:
        """Return the head's roll, radians."""
        up = self.pose_of(sighting).rotation[:2, 1]
        return float(np.arctan2(up[0], -up[1]))

    def next_window(self, sighting: Sighting) -> CropWindow:
        """Return the window for the frame next to a sighting's."""
        return sighting.window.follow(sighting.landmarks, self.roll_of(sighting))

    def _look(self, frame: ClipFrame, window: CropWindow) -> tuple[Sighting, np.ndarray]:
        """Return the sighting and its position map (256, 256, 3)."""
        crop = window.crop(self._capturer.input_size, frame.reduction)
        prediction = self._capturer.engine.predict(crop.extract(frame.picture)[None])
        position_map = frame.to_clip(crop.to_image(prediction.position_maps[0]))
        size = window.side / SIDE_PER_BOX
        error = np.full(position_map.shape[:2], DEFAULT_UNCERTAINTY * size)
        trust = np.ones(len(self.mean))
        if prediction.uncertainty[0].size:
            pixel = crop.scale * frame.reduction
            error = self._capturer.anchor_interpolator.interpolate(prediction.uncertainty[0] * np.float32(pixel))
            spread = self._capturer.layout.landmarks_of(error[..., None])[:, 0]
            step = len(error) // COARSE
            each = np.concatenate([error[step // 2 :: step, step // 2 :: step].ravel(), spread])
            trust = (SHARP * size / np.maximum(each, SHARP * size)) ** POWER
        points = self._points(position_map)
        confidence = float(prediction.confidence[0])
        trust = np.maximum(trust * confidence**POWER, LEAST)
        trust[frame.hides(points)] = LEAST
        expression, gaze = (
            values[0] if values[0].size else np.nan for values in (prediction.expression, prediction.gaze)
        )
        return Sighting(points, trust, float(np.median(error)), window, confidence, expression, gaze), position_map

    def _points(self, position_map: np.ndarray) -> np.ndarray:
        texels = self.coarse.downsample(position_map).reshape(-1, 3)
        return np.concatenate([texels, self._capturer.layout.landmarks_of(position_map)]).astype(np.float64)
