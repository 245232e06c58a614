# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files of Live Link Face, as the app writes them and as both sides read them."""

import numpy as np
import pytest

from nets.interface.live_link import COLUMNS, WEIGHTS, LiveLinkError, csv_text, head_angles, load, save, timecode


@pytest.fixture
def take():
    """Weights (70, 52) and head angles (70, 3)."""
    rng = np.random.default_rng(0)
    return tuple(rng.random((70, n)).astype(np.float32) for n in (len(WEIGHTS), 3))


def test_files_are_as_the_app_writes_them_and_read_back(take, tmp_path):
    weights, head = take
    path, time = tmp_path / "take.csv", np.arange(70) / 30 + 3661
    path.write_text(csv_text(WEIGHTS, weights, 30.0, head, time), newline="")
    header, first, *_ = path.read_text().splitlines()
    columns = header.split(",")
    assert len(columns) == 63 and columns[:4] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert columns[53:57] == ["TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"]
    assert first.startswith("01:01:01:00.000,61,")
    again = load(path)
    assert again.names == COLUMNS
    np.testing.assert_allclose(again.time, time - time[0], atol=1e-4)
    np.testing.assert_allclose(again.values[:, :55], np.concatenate(take, 1), atol=1e-6)


def test_blendshapes_are_found_by_any_spelling_and_others_are_zero(take, tmp_path):
    weights, head = take
    names = ("jaw_open", "EyeBlink_L", "my own shape")
    save(tmp_path / "take.csv", names, weights[:, :3], 24, head)
    again = load(tmp_path / "take.csv")
    for k, name in enumerate(("JawOpen", "EyeBlinkLeft")):
        np.testing.assert_allclose(again.values[:, WEIGHTS.index(name)], weights[:, k], atol=1e-6)
    assert np.count_nonzero(again.values[:, : len(WEIGHTS)].any(0)) == 2


@pytest.mark.parametrize("rate", [24, 25, 30, 60, 120, 0.4, 0.1])
def test_frames_keep_their_times_whatever_the_rate(take, tmp_path, rate):
    weights, head = take
    frames = max(70, 2 * round(rate)) if rate > 1 else 70
    weights, head = (np.resize(values, (frames, values.shape[1])) for values in (weights, head))
    save(tmp_path / "take.csv", WEIGHTS, weights, rate, head)
    np.testing.assert_allclose(load(tmp_path / "take.csv").time, np.arange(frames) / rate, atol=1e-3)


def test_timecodes_count_whole_frames():
    assert timecode(59.999999, 29.97) == "00:00:59:28.200"
    assert timecode(0, 0.1) == "00:00:00:00.000" and timecode(10, 0.1) == "00:00:10:00.000"


def test_yaw_is_positive_towards_the_subject_s_left():
    turned = np.diag([1.0, -1, 1]) @ np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])
    np.testing.assert_allclose(head_angles(turned[None]), [[np.arcsin(0.6), 0, 0]], atol=1e-6)


def test_a_file_that_cannot_be_written_is_named(take, tmp_path):
    with pytest.raises(LiveLinkError, match=r"gone/take\.csv cannot be written"):
        save(tmp_path / "gone/take.csv", WEIGHTS, take[0], 24, take[1])
