# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files of Live Link Face, as the app writes them and as both sides read them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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


@settings(deadline=None, max_examples=60)
@given(rate=st.floats(0.1, 130), frames=st.integers(1, 300))
@example(rate=29.97, frames=200)
@example(rate=24, frames=3)
@example(rate=15, frames=60)
def test_frames_keep_their_times_whatever_the_rate(tmp_path_factory, rate, frames):
    path = tmp_path_factory.mktemp("takes") / "take.csv"
    save(path, WEIGHTS, np.zeros((frames, len(WEIGHTS)), np.float32), rate, np.zeros((frames, 3)))
    np.testing.assert_allclose(load(path).time, np.arange(frames) / rate, atol=2e-3 / min(rate, 1))


def test_timecodes_are_real_time():
    assert timecode(59.9, 29.97) == "00:00:59:27.000"
    assert timecode(59.999999, 29.97) == "00:01:00:00.000"
    assert timecode(0, 0.1) == "00:00:00:00.000" and timecode(10, 0.1) == "00:00:10:00.000"


def write(path, codes, header="Timecode,BlendshapeCount,JawOpen,EyeBlinkLeft", row="61,0.5,0.25"):
    path.write_text("\n".join([header, *(f"{code},{row}" for code in codes)]) + "\n")
    return path


def test_columns_are_found_by_name_in_any_order_with_others_between(tmp_path):
    path = tmp_path / "take.csv"
    path.write_text("Notes,EyeBlinkLeft,blendshapecount,TIMECODE,jawopen\nfine,0.25,61,00:00:00:00.000,0.5\n")
    recording = load(path)
    assert dict(zip(recording.names, recording.values[0].tolist(), strict=True)) == {
        "EyeBlinkLeft": 0.25,
        "jawopen": 0.5,
    }


def test_rows_without_a_face_are_left_out(tmp_path):
    path = write(tmp_path / "take.csv", ["00:00:00:00.0", "00:00:00:02.0", "00:00:01:00.0"])
    path.write_text(path.read_text().replace("00:00:00:02.0,61,0.5,0.25", "00:00:00:02.0,0"))
    assert len(load(path).time) == 2


def test_a_row_with_something_that_is_no_number_is_left_out(tmp_path):
    path = write(tmp_path / "take.csv", ["00:00:00:00.0", "00:00:00:01.0", "00:00:00:02.0"])
    path.write_text(path.read_text().replace("00.0,61,0.5", "00.0,61,nan").replace("02.0,61,0.5", "02.0,61,"))
    assert load(path).values.tolist() == [[0.5, 0.25]]


@pytest.mark.parametrize(
    ("divider", "point", "encoding"), [(";", ",", "utf-8-sig"), ("\t", ",", "utf-16"), (",", ".", "latin-1")]
)
def test_files_that_a_spreadsheet_or_an_editor_has_saved(tmp_path, divider, point, encoding):
    path = tmp_path / "take.csv"
    rows = ["Timecode,BlendShapeCount,JawOpen,Größe", "", "00:00:00:00,61,0.5,1", "00:00:00:01,61,0.25,1", ",,,"]
    path.write_text("\r\n".join(rows).replace(",", divider).replace("0.", f"0{point}"), encoding, newline="")
    assert load(path).values.tolist() == [[0.5], [0.25]]


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    with pytest.raises(LiveLinkError, match="it is empty"):
        load(write(tmp_path / "take.csv", [], header=""))


@pytest.mark.parametrize("rate", [30, 60])
def test_drop_frame_timecode_counts_frames(tmp_path, rate):
    """Numbers are left out at the beginning of each minute but the tenth; the frames are evenly apart all the same."""
    dropped = {(minute, 0, frame) for minute in range(60) if minute % 10 for frame in range(rate // 15)}
    labels = [
        (m, s, f) for m in (8, 9, 10, 11) for s in (0, 1, 58, 59) for f in range(rate) if (m, s, f) not in dropped
    ]
    labels = [label for label in labels if (9, 58, 0) <= label < (10, 2, 0)]
    path = write(
        tmp_path / "take.csv", [f"01:{m:02}:{s:02};{f:02}" for m, s, f in [(8, 59, rate - 1), (9, 0, rate // 15)]]
    )
    assert np.diff(load(path).time) == pytest.approx(1.001 / rate)
    path = write(path, [f"01:{m:02}:{s:02};{f:02}" for m, s, f in labels])
    np.testing.assert_allclose(np.diff(load(path).time), 1 / rate, rtol=2e-3)


def test_a_take_over_midnight_goes_on(tmp_path):
    codes = [f"23:59:59:{frame:02}.000" for frame in range(30)] + [f"00:00:00:{frame:02}.000" for frame in range(30)]
    np.testing.assert_allclose(load(write(tmp_path / "take.csv", codes)).time, np.arange(60) / 30, atol=1e-6)


def test_a_file_within_a_second_has_the_app_s_usual_rate(tmp_path):
    codes = [f"11:22:33:{frame:02}.000" for frame in range(25)]
    np.testing.assert_allclose(load(write(tmp_path / "take.csv", codes)).time, np.arange(25) / 60, atol=1e-6)


@pytest.mark.parametrize("code", ["00:00:59.01", "00:00:59;01", "00:00:59:01"])
def test_other_ways_to_write_a_timecode(tmp_path, code):
    assert len(load(write(tmp_path / "take.csv", [code])).time) == 1


def test_a_timecode_that_is_none_is_named(tmp_path):
    with pytest.raises(LiveLinkError, match="'noon' is no timecode"):
        load(write(tmp_path / "take.csv", ["noon"]))


def test_yaw_is_positive_towards_the_subject_s_left():
    turned = np.diag([1.0, -1, 1]) @ np.array([[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]])
    np.testing.assert_allclose(head_angles(turned[None]), [[np.arcsin(0.6), 0, 0]], atol=1e-6)


def test_a_file_that_cannot_be_written_is_named(take, tmp_path):
    with pytest.raises(LiveLinkError, match=r"gone/take\.csv cannot be written"):
        save(tmp_path / "gone/take.csv", WEIGHTS, take[0], 24, take[1])
