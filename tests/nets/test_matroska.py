# SPDX-License-Identifier: GPL-3.0-or-later
"""The times of pictures in Matroska and WebM files, whole, recorded by a browser, and damaged."""

from pathlib import Path

import numpy as np
import pytest

from nets.interface.matroska import picture_times
from nets.interface.uneven_frames import has_uneven_frames

UNEVEN = Path(__file__).parents[1] / "blender/clips/variable_rate.mkv"
MILLISECONDS = np.round(np.concatenate([np.arange(20) / 30, 0.7 + np.arange(13) / 10]) * 1000)
SEGMENT = bytes.fromhex("18538067")


@pytest.fixture
def even(write_movie, tmp_path):
    """33 frames at 25 per second."""
    return write_movie(tmp_path / "even.webm", [np.full((48, 64, 3), 7 * k, np.uint8) for k in range(33)], "VP80")


def test_uneven_frames_are_told_by_their_times(even):
    np.testing.assert_array_equal(picture_times(UNEVEN), MILLISECONDS)
    np.testing.assert_array_equal(picture_times(even), np.arange(33) * 40)
    assert has_uneven_frames(UNEVEN) and not has_uneven_frames(even)


def test_a_recording_that_does_not_know_its_length(tmp_path):
    content = UNEVEN.read_bytes()
    place = content.index(SEGMENT) + len(SEGMENT)
    live = tmp_path / "live.mkv"
    live.write_bytes(content[:place] + b"\x01" + b"\xff" * 7 + content[place + 8 :])
    np.testing.assert_array_equal(picture_times(live), MILLISECONDS)


def test_damage_ends_the_search(tmp_path):
    content, path = UNEVEN.read_bytes(), tmp_path / "cut.mkv"
    for end in range(0, len(content), 61):
        path.write_bytes(content[:end])
        np.testing.assert_array_equal(picture_times(path), MILLISECONDS[: len(picture_times(path))])
        path.write_bytes(content[:end] + b"\x00" * 40 + content[end + 40 :])
        assert len(picture_times(path)) <= 33
