# SPDX-License-Identifier: GPL-3.0-or-later
"""One texture of a person, merged from the frames of a clip that show them best.

The inside of the mouth comes from the frame in which it is open widest.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.texture import TextureView, complete, merge, view_texture, without_covered
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.uv_layout import UVLayout
from nets.geometry.visibility import visibility_of
from nets.io.clip import Clip
from nets.io.clip_frame import ClipFrame
from nets.performance.person import CONFIDENT, TrackedPerson

MAX_VIEWS = 6
APART = 0.2  # radians by which a further view must be turned, else it shows nothing new
MOUTH, EYES = ([61, 62, 63], [67, 66, 65]), ([37, 38, 43, 44], [41, 40, 47, 46])  # landmarks above and below
NOSE_TIP = 30
STRAIGHT = 0.15  # radians: standard deviation of a gaze that counts as straight ahead
MOUTH_POWER = 4  # with which a wider mouth wins: half open ones mix the inside with the lips
FEATHER = 1.0  # texels
FURTHER = 0.5  # trust in views after the first one: what is not quite the skin, such as glasses, should show only once
MOUTH_ONLY = 0.05  # trust in the rest of a view that was chosen for its mouth
MAX_SPEED = 1.5  # times the clip's median motion between frames: faster ones are blurred


def merged_texture(
    clip: Clip, clip_frames: np.ndarray, person: TrackedPerson, coarse: CoarseShape, capturer: Capturer
) -> tuple[np.ndarray, np.ndarray]:
    """Return texture (T, T, 3) and mask (T, T), uint8. clip_frames: (F,), the index in the clip of each record."""
    layout, size = coarse.layout, capturer.options.texture_size
    good, gape = good_frames(person), opening(person, MOUTH)
    rows, widest = best_views(person, good), int(good[gape[good].argmax()])
    mouth = inside_of_mouth(layout)
    views, trust = [], []
    for row in dict.fromkeys([*rows, widest]):
        index = int(clip_frames[person.frame[row]])
        frame = next(iter(clip.frames(range(index, index + 1))), None)
        if frame is not None and frame.picture is not None:
            posed = posed_map(person, row, coarse)
            views.append(view_of_frame(frame, posed, in_plain_view(frame, posed, capturer), capturer, size))
            outside = 1 if row == rows[0] else FURTHER if row in rows else MOUTH_ONLY
            trust.append((1 - mouth) * outside + mouth * (gape[row] / max(gape[widest], 1e-6)) ** MOUTH_POWER)
    if not views:
        return np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.uint8)
    return complete(merge(views, trust), layout)


def good_frames(person: TrackedPerson) -> np.ndarray:
    """Return the rows of the person's frames that are confident and not too fast."""
    speed = np.linalg.norm(np.diff(person.landmarks68[:, :, :2].mean(1), axis=0, prepend=np.nan), axis=-1)
    speed[0] = 0
    gap = np.diff(person.frame, prepend=person.frame[0]) > 1
    usual = np.median(speed[~gap]) + 1e-3 * person.scale.mean()
    good = person.confidence >= CONFIDENT * np.percentile(person.confidence, 90)
    still = good & (speed <= MAX_SPEED * usual)
    return np.flatnonzero(still if still.any() else good)


def best_views(person: TrackedPerson, good: np.ndarray) -> list[int]:
    """Choose up to MAX_VIEWS of good rows (G,).

    The first is the most confident that looks into the camera with open eyes; each further one is turned farthest from
    those chosen.
    """
    towards = person.rotation[good, 2]  # the viewer's direction in canonical space
    eyes = opening(person, EYES)[good]
    looks = np.minimum(eyes / np.median(eyes), 1) * (1 + straightness(person)[good]) / 2
    chosen = [int(np.argmax(person.confidence[good] + towards[:, 2] + looks))]
    while len(chosen) < MAX_VIEWS:
        angles = np.arccos(np.clip(towards @ towards[chosen].T, -1, 1)).min(1)
        if angles.max() < APART:
            break
        chosen.append(int(angles.argmax()))
    return good[chosen].tolist()


def opening(person: TrackedPerson, lids: tuple[list[int], list[int]]) -> np.ndarray:
    """Return the distance between landmarks above and below, (F,), millimetres."""
    upper, lower = (person.landmarks68[:, landmarks] for landmarks in lids)
    return np.linalg.norm(upper - lower, axis=-1).mean(1) / person.scale


def straightness(person: TrackedPerson) -> np.ndarray:
    """Return (F,) in [0, 1]: 1 where the eyes look straight ahead, or if the network does not predict the gaze."""
    return np.exp(-((person.gaze / STRAIGHT) ** 2).sum((1, 2)) / 2)


def inside_of_mouth(layout: UVLayout) -> np.ndarray:
    """Return (256, 256) float32, 1 between the lips: the lowest of the layout's bridged openings."""
    below_eyes = np.arange(len(layout.mask))[:, None] > layout.landmarks[NOSE_TIP, 0]
    return cv2.GaussianBlur(np.float32(layout.bridged & below_eyes), (0, 0), FEATHER)


def posed_map(person: TrackedPerson, row: int, coarse: CoarseShape) -> np.ndarray:
    """Return the position map (256, 256, 3) of one of a person's frames, in the clip's pixels."""
    offset = person.neutral + np.tensordot(person.weights[row], person.basis, 1)
    return person.pose(row).apply(coarse.shape(offset)).astype(np.float32)


def in_plain_view(frame: ClipFrame, position_map: np.ndarray, capturer: Capturer) -> np.ndarray:
    """Return how likely each texel (256, 256) of a face in a frame is in plain view, NaN if that is not predicted.

    position_map: (256, 256, 3) in the clip's pixels
    The network runs once more, because occlusion is not stored with a clip's frames.
    """
    candidate = capturer.recrop(capturer.layout.landmarks_of(frame.to_picture(position_map)))
    [estimate] = capturer.predict_crops(frame.picture, [candidate], capturer.engine.predict_fast)
    return capturer.anchor_interpolator.interpolate(estimate.seen)


def view_of_frame(
    frame: ClipFrame, position_map: np.ndarray, in_view: np.ndarray, capturer: Capturer, size: int
) -> TextureView:
    """Return what a frame shows of a face, position_map (256, 256, 3) being in the clip's pixels.

    in_view: of in_plain_view; size: texels on each side
    """
    in_picture = frame.to_picture(position_map)
    visibility = visibility_of(in_picture, capturer.layout, capturer.depth_mesh)
    visibility = replace(visibility, seen=visibility.seen * ~frame.hides(position_map))
    shown = without_covered(visibility, in_view, capturer.layout)
    return view_texture(frame.picture, in_picture, shown, size)
