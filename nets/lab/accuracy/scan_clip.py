# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic phone clip of a scanned head, which turns to both sides and acts slightly, with motion blur.

OpenCV's wheels write no H.264, so the movie is compressed by its predecessor MPEG-4 Part 2, which loses more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from nets.lab.accuracy.scan_files import Scan
from nets.lab.accuracy.scan_photos import Shot, photograph

RATE, SECONDS = 30, 4  # frames per second, and the length of a whole turn to one side, the other one and back
TURN = 40.0  # degrees to either side
SHUTTER = 0.0, 0.25, 0.5  # moments of a frame's time that its exposure takes the mean of


def phone_clip(scan: Scan, worn: Scan, distance: float, side: int) -> Iterator[np.ndarray]:
    """Yield the frames (side, side, 3) uint8. worn: the same scan with the expression that comes and goes twice."""
    for number in range(RATE * SECONDS):
        exposures = []
        for moment in SHUTTER:
            phase = 2 * np.pi * (number + moment) / (RATE * SECONDS)
            vertices = scan.vertices + (1 - np.cos(2 * phase)) / 2 * (worn.vertices - scan.vertices)
            shot = Shot(float(TURN * np.sin(phase)), distance=distance)
            exposures.append(photograph(replace(scan, vertices=vertices), shot, side))
        yield np.mean(exposures, 0).astype(np.uint8)


def write_clip(path: Path, frames: Iterator[np.ndarray], side: int) -> None:
    """Write frames as a movie (.mp4)."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (side, side))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
