# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture in a real Blender window, with a clip as the camera."""

import os

import cv2
import pytest

REPEATS = 12  # of a clip of 5 s


@pytest.fixture
def minute(clips):
    """A clip of a minute: the head comes and goes."""
    capture, frames = cv2.VideoCapture(str(clips / "long.mp4")), []
    while (read := capture.read())[0]:
        frames.append(read[1])
    writer = cv2.VideoWriter(str(clips / "minute.mp4"), cv2.VideoWriter_fourcc(*"mp4v"), 24.0, frames[0].shape[1::-1])
    for frame in REPEATS * frames:
        writer.write(frame)
    writer.release()
    return clips / "minute.mp4"


def test_a_clip_moves_a_head_as_it_plays(blender, work_window, portrait, minute):
    measured = work_window(blender, "window_live.py", portrait, minute)
    print(measured, os.getloadavg())
    assert measured["rate"] > 1, "pictures are shown"
