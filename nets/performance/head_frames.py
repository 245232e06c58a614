# SPDX-License-Identifier: GPL-3.0-or-later
"""Which frames of a clip tell most about a person's head: sharp ones at rest, from directions that lie far apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.errors import NoFaceError
from nets.geometry.crop import Crop, landmark_box
from nets.interface.expressions import EXPRESSIONS
from nets.io.clip import Clip
from nets.io.clip_frame import ClipFrame
from nets.io.read_ahead import read_ahead
from nets.performance.bake import by_screen_time
from nets.performance.person import confident_rows
from nets.performance.tracker import Tracker

COUNT = 12  # frames that are chosen
LOOKS = 240  # frames at most that are examined, evenly distributed over the clip
SPANS = 4 * COUNT  # of the clip, each of which offers its best frame
SIDE = 192  # pixels to which a face is brought before its sharpness is measured
SHARP = 75  # percentile of the clip's sharpness from which a frame counts as sharp
AT_REST = 0.08  # root mean square of the expression weights at which a frame counts 0.6
FRONTAL, TURNED, STEEP = np.radians([20.0, 50.0, 15.0])  # from the front; from where faces are told worse, and how fast
NEAR = np.radians(1.0)  # added to every direction's distance, so that a clip without a turn gives frames too
ACTING = [not name.startswith("eyeLook") for name in EXPRESSIONS]


@dataclass(frozen=True)
class HeadFrame:
    """A frame of a clip that tells of a head. box: (4,), of the face in the frame's picture; None: to be detected"""

    index: int
    box: np.ndarray | None = None


@dataclass(frozen=True)
class Looked:
    """done of total frames have been examined."""

    done: int
    total: int


def choose_frames(
    clip: Clip, wanted: range, capturer: Capturer, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[Looked | list[HeadFrame]]:
    """Yield progress, and at the end up to COUNT frames in their order, unless cancelled.

    They show the person who is seen longest. Raises NoFaceError.
    """
    length = len(range(wanted.start, min(wanted.stop, max(clip.length, wanted.start + 1)), wanted.step))
    step = wanted.step * -(-length // LOOKS)
    tracker = Tracker(capturer, clip.rate / step)
    records, indices, boxes, sharpness = [], [], [], []
    frames = clip.frames(range(wanted.start, wanted.stop, step))
    for done, frame in enumerate(read_ahead(frames)):
        if cancelled():
            return
        yield Looked(done, max(-(-length * wanted.step // step), done + 1))
        _, estimates = tracker.track(frame)
        for estimate in estimates:
            records.append(estimate)
            indices.append(frame.index)
            boxes.append(landmark_box(frame.to_picture(estimate["landmarks68"])))
            sharpness.append(_sharpness(frame, boxes[-1]))
    if not records:
        raise NoFaceError("no face was found in any frame", clip.path, "Choose another clip or other frames")
    estimates = np.stack(records)
    main = by_screen_time(estimates["person"], estimates["certainty"])[0]
    rows = confident_rows(estimates, np.flatnonzero(estimates["person"] == main), len(estimates))
    chosen = rows[best_spread(estimates["rotation"][rows, 2], _worth(estimates[rows], np.array(sharpness)[rows]))]
    yield [HeadFrame(indices[row], boxes[row]) for row in np.sort(chosen)]


def best_spread(towards: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Return the numbers of up to COUNT frames: one from the front, and those that lie farthest apart.

    towards: (F, 3), unit, the viewer's direction in canonical space; worth: (F,) in [0, 1]
    """
    candidates = np.array(
        [part[worth[part].argmax()] for part in np.array_split(np.arange(len(worth)), SPANS) if part.size]
    )
    towards, worth = towards[candidates], worth[candidates]
    from_front = np.arccos(np.clip(towards[:, 2], -1, 1))
    worth = worth * np.exp(-((np.maximum(from_front - TURNED, 0) / STEEP) ** 2) / 2)
    chosen = [int((worth * np.exp(-((from_front / FRONTAL) ** 2) / 2)).argmax())]
    while len(chosen) < min(COUNT, len(candidates)):
        apart = np.arccos(np.clip(towards @ towards[chosen].T, -1, 1)).min(1)
        gain = worth * (apart + NEAR)
        gain[chosen] = -1
        chosen.append(int(gain.argmax()))
    return candidates[chosen]


def _worth(estimates: np.ndarray, sharpness: np.ndarray) -> np.ndarray:
    """Return how well frames show a head at rest, (F,) in [0, 1]. estimates: (F,) of FACE_RECORD; sharpness: (F,)"""
    acting = np.nan_to_num(estimates["expression"].astype(np.float32))[:, ACTING]  # NaN: the network does not tell
    at_rest = np.exp(-((acting**2).mean(1) / AT_REST**2) / 2)
    sharp = np.minimum(sharpness / max(np.percentile(sharpness, SHARP), 1e-6), 1)
    return sharp * at_rest * np.clip(estimates["confidence"], 0, 1)


def _sharpness(frame: ClipFrame, box: np.ndarray) -> float:
    """Return the strength of the finest detail of a face, whose size does not matter; box: in the frame's picture."""
    grey = cv2.cvtColor(Crop.around(box, SIDE).extract(frame.picture), cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.5)).mean())
