# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the CSV file that Apple's weights travel in, as the app Live Link Face does. Blender's half reads it.

`Timecode,BlendShapeCount`, the 52 blendshapes in Apple's order, then yaw, pitch and roll of head and eyes in radians:
61 values a row. A timecode is HH:MM:SS:FF.fff, the last part being frames. Yaw is positive towards the subject's left,
pitch upwards, roll towards the subject's right shoulder, as in ARKit's face frame: x to the subject's left, y up.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.interface.live_link import ANGLES, EYE_TURN, WEIGHTS
from nets.io.files import replace_file
from nets.topology.arkit import NAMES

COLUMNS = (*WEIGHTS, *ANGLES)


@dataclass(frozen=True)
class LiveLinkTake:
    """time (F,) seconds; weights (F, 52) of arkit.NAMES; angles (F, 9) radians, see ANGLES."""

    time: np.ndarray
    weights: np.ndarray
    angles: np.ndarray


def write_take(path: Path, take: LiveLinkTake, rate: float) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["Timecode", "BlendShapeCount", *COLUMNS])
    for time, values in zip(take.time, np.concatenate([take.weights, take.angles], 1), strict=True):
        writer.writerow([timecode(float(time), rate), len(COLUMNS), *(f"{value:.6f}" for value in values)])
    replace_file(path, buffer.getvalue().encode())


def timecode(time: float, rate: float) -> str:
    """Frames are counted at the rate's whole number, as timecode without drop frames is."""
    whole = round(rate)
    thousandths = round(time * rate * 1000)
    seconds, frames = divmod(thousandths, whole * 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames / 1000:06.3f}"


def head_angles(rotation: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll (F, 3) of rotations (F, 3, 3) of nets.geometry.pose: turned about y, then x, then z of the
    head."""
    turned = rotation * np.float32([1, -1, 1])[:, None]
    side, up, forward = np.moveaxis(turned, -1, 0)
    yaw, pitch = np.arctan2(forward[:, 0], forward[:, 2]), np.arcsin(np.clip(forward[:, 1], -1, 1))
    return np.stack([yaw, pitch, np.arctan2(side[:, 1], up[:, 1])], 1).astype(np.float32)


def eye_angles(weights: np.ndarray) -> np.ndarray:
    """Yaw, pitch, roll of the left, then of the right eye (F, 6) that the eyeLook weights (F, 52) mean."""
    of = {name: weights[:, k] for k, name in enumerate(NAMES)}
    angles = []
    for side, outward in (("Left", 1), ("Right", -1)):
        yaw = outward * (of[f"eyeLookOut{side}"] - of[f"eyeLookIn{side}"]) * EYE_TURN[0]
        pitch = (of[f"eyeLookUp{side}"] - of[f"eyeLookDown{side}"]) * EYE_TURN[1]
        angles += [yaw, pitch, np.zeros_like(yaw)]
    return np.stack(angles, 1).astype(np.float32)
