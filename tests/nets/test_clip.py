# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips as people have them: readable in time, or refused with a reason."""

import os
import struct
import sys
import wave
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from nets.errors import UnreadableError
from nets.interface.movie_boxes import parts
from nets.io.clip import open_clip
from nets.io.clip_frame import LONGEST_SIDE, ClipFrame, reduced
from nets.io.image_sequence import with_missing
from nets.io.movie_sound import box
from nets.performance.bake import warnings_of
from nets.performance.cache import FRAME

RATE = 25
GREYS = [np.full((48, 64, 3), 8 * k, np.uint8) for k in range(30)]


def grey_of(frame: ClipFrame) -> int:
    return round(float(frame.picture.mean()) / 8)


@pytest.mark.parametrize(
    ("name", "codec"), [("a.mp4", "mp4v"), ("ü b.avi", "MJPG"), ("c.mkv", "FFV1"), ("d.m2ts", "mpg2")]
)
def test_frames_are_found_wherever_reading_starts(tmp_path, write_movie, name, codec):
    clip = open_clip([write_movie(tmp_path / name, GREYS, codec)])
    assert (clip.size, clip.rate, clip.length) == ((64, 48), RATE, 30)
    frames = list(clip.frames(range(7, 99, 5)))
    assert [frame.index for frame in frames] == [7, 12, 17, 22, 27]
    assert [grey_of(frame) for frame in frames] == [7, 12, 17, 22, 27]
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(7, 30, 5) / RATE, atol=1e-3)


def test_variable_frame_rate_keeps_its_times(tmp_path, write_movie):
    path = write_movie(tmp_path / "phone.mp4", GREYS)
    retime(path, [512] * 10 + [768] * 10 + [256] * 10)
    clip = open_clip([path])
    frames = list(clip.frames(range(100)))
    unit = frames[1].time / 512
    expected = np.cumsum([0] + [512] * 10 + [768] * 10 + [256] * 9) * unit
    np.testing.assert_allclose([frame.time for frame in frames], expected, atol=1e-3)
    assert grey_of(next(iter(clip.frames(range(21, 22))))) == 21


def test_rotation_flag_is_applied(tmp_path, write_movie):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24] = 200
    path = write_movie(tmp_path / "upright.mp4", [picture] * 3)
    turn_upright(path)
    clip = open_clip([path])
    frame = next(iter(clip.frames(range(1))))
    assert clip.size == (48, 64) and frame.picture.shape == (64, 48, 3)
    assert frame.picture[:, 30:].mean() > 190 and frame.picture[:, :20].mean() < 10


def test_large_frames_are_reduced_and_points_find_back():
    picture = np.zeros((2160, 2 * LONGEST_SIDE, 3), np.uint8)
    cv2.circle(picture, (5000, 1500), 40, (255, 255, 255), -1)
    frame = ClipFrame(0, 0.0, *reduced(picture))
    assert max(frame.picture.shape) == LONGEST_SIDE
    rows, columns = np.nonzero(frame.picture[..., 0] > 128)
    place = frame.to_clip(np.array([[columns.mean(), rows.mean(), 3.0]]))
    np.testing.assert_allclose(place, [[5000, 1500, 6]], atol=0.5)
    np.testing.assert_allclose(frame.to_picture(place), [[columns.mean(), rows.mean(), 3.0]], atol=1e-3)


def test_what_a_user_should_know_of_a_clip(tmp_path, write_movie):
    cut = write_movie(tmp_path / "cut.mkv", GREYS, "FFV1")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 2 // 3])
    varying = write_movie(tmp_path / "varying.mp4", GREYS)
    retime(varying, [256] * 10 + [768] * 10 + [512] * 10)
    whole = write_movie(tmp_path / "whole.mp4", GREYS)
    for path, words in ((cut, "cut short"), (varying, "frame rate varies"), (whole, None)):
        clip = open_clip([path])
        frames = list(clip.frames(range(30)))
        records = np.zeros(len(frames), FRAME)
        records["frame"], records["time"] = [f.index for f in frames], [f.time for f in frames]
        [*said] = warnings_of(clip, range(30), records)
        assert [words in complaint for complaint in said] == [True] * (words is not None)


def make_bad(kind: str, folder, write_movie) -> list:
    path = folder / f"{kind}.mp4"
    if kind == "empty":
        path.touch()
    elif kind == "text":
        path.write_text("no movie")
    elif kind == "sound":
        with wave.open(str(path), "wb") as sound:
            sound.setparams((1, 2, 8000, 0, "NONE", ""))
            sound.writeframes(bytes(16000))
    elif kind != "missing":
        write_movie(path, GREYS[: kind != "no length" and 30])
        if kind == "cut":
            path.write_bytes(path.read_bytes()[:-1200])
        elif kind == "codec":
            recode(path, b"brxq")
    return [path]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("missing", "no such file"),
        ("empty", "empty"),
        ("text", "not a movie"),
        ("sound", "sound in it, but no picture"),
        ("cut", "cut short"),
        ("no length", "not one frame"),
        ("codec", "Blackmagic RAW (brxq)"),
    ],
)
def test_bad_clips_are_refused_with_the_reason(tmp_path, write_movie, kind, words):
    with pytest.raises(UnreadableError) as refused:
        open_clip(make_bad(kind, tmp_path, write_movie))
    assert words in refused.value.message and refused.value.remedy
    assert refused.value.path == str(tmp_path / f"{kind}.mp4")


@pytest.mark.skipif(sys.platform != "linux", reason="file names are not bytes here")
def test_a_movie_whose_name_is_not_text_is_refused(tmp_path, write_movie):
    movie = write_movie(tmp_path / "clip.mp4", GREYS[:3])
    with pytest.raises(UnreadableError, match="not text"):
        open_clip([movie.rename(tmp_path / os.fsdecode(b"old \xe4.mp4"))])


def test_a_sequence_goes_on_after_a_bad_image(tmp_path):
    paths = []
    for k, grey in enumerate(GREYS[:5]):
        paths.append(tmp_path / f"shot.{k:04d}.png")
        paths[-1].write_bytes(cv2.imencode(".png", grey if k != 3 else grey[:40])[1].tobytes())
    paths[1].write_bytes(b"")
    clip = open_clip(paths)
    assert clip.size == (64, 48) and clip.length == 5
    frames = list(clip.frames(range(0, 5)))
    assert [frame.picture is not None for frame in frames] == [True, False, True, False, True]
    assert "empty" in frames[1].fault and "64 × 40" in frames[3].fault


def boxes_in(data: bytes, *path: bytes) -> tuple[int, int]:
    """Start and end in an MP4 file of the box with this path."""
    start, end = 0, len(data)
    for name in path:
        while data[start + 4 : start + 8] != name:
            start += int.from_bytes(data[start : start + 4], "big")
            assert start < end
        end = start + int.from_bytes(data[start : start + 4], "big")
        start += 8
    return start - 8, end


def retime(path: Path, durations: list[int]) -> None:
    """Gives each frame of an MP4 file its own duration, in its time scale: a variable frame rate."""
    data = path.read_bytes()
    parents = [b"moov", b"trak", b"mdia", b"minf", b"stbl"]
    start, end = boxes_in(data, *parents, b"stts")
    table = struct.pack(">4sII", b"stts", 0, len(durations)) + b"".join(struct.pack(">II", 1, d) for d in durations)
    table = struct.pack(">I", len(table) + 4) + table
    for depth in range(1, len(parents) + 1):
        place, stop = boxes_in(data, *parents[:depth])
        data = data[:place] + struct.pack(">I", stop - place + len(table) - (end - start)) + data[place + 4 :]
    path.write_bytes(data[:start] + table + data[end:])


def turn_upright(path: Path) -> None:
    """Sets the flag of an MP4 file that it is to be shown a quarter turn clockwise."""
    data = path.read_bytes()
    _, end = boxes_in(data, b"moov", b"trak", b"tkhd")
    matrix = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    place = end - 8 - 36
    path.write_bytes(data[:place] + matrix + data[place + 36 :])


def recode(path: Path, codec: bytes) -> None:
    """Claims that the pictures of an MP4 file are coded by another codec."""
    data = path.read_bytes()
    start, end = boxes_in(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    entry = bytearray(data[start:end])
    entry[20:24] = codec
    entry[102:] = bytes(len(entry) - 102)  # nor does the decoder's own header tell
    path.write_bytes(data[:start] + bytes(entry) + data[end:])


@pytest.mark.parametrize("ending", ["gif", "webp"])
def test_an_animated_picture_is_a_clip_with_the_times_of_its_frames(tmp_path, ending):
    path, durations = tmp_path / f"wave.{ending}", [80, 80, 200, 80]
    frames = [Image.fromarray(grey) for grey in GREYS[2:6]]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, lossless=True)
    clip = open_clip([path])
    assert (clip.size, clip.length) == ((64, 48), 4)
    seen = list(clip.frames(range(9)))
    assert [grey_of(frame) for frame in seen] == [2, 3, 4, 5]
    np.testing.assert_allclose([frame.time for frame in seen], [0, 0.08, 0.16, 0.36], atol=1e-6)


def test_a_picture_that_does_not_move_is_a_clip_of_one_frame(tmp_path):
    Image.fromarray(GREYS[9]).save(tmp_path / "still.png")
    assert [grey_of(frame) for frame in open_clip([tmp_path / "still.png"]).frames(range(9))] == [9]


def test_missing_numbers_of_a_sequence_keep_their_time(tmp_path):
    paths = [tmp_path / f"shot_{number:03}.png" for number in (8, 9, 12)]
    for number, path in zip((0, 1, 4), paths, strict=True):
        Image.fromarray(GREYS[number]).save(path)
    frames = list(open_clip(with_missing(paths)).frames(range(9)))
    assert [frame.picture is None or grey_of(frame) for frame in frames] == [0, 1, True, True, 4]
    assert frames[2].fault == "no such file"
    others = [tmp_path / name for name in ("a.png", "b7.png", "b8.png")]
    assert with_missing(others) == others
    far = [tmp_path / name for name in ("1.png", "2026.png")]
    assert with_missing(far) == far


def test_pixels_that_are_no_squares_become_squares():
    clip = open_clip([Path(__file__).parent / "clips/anamorphic.mp4"])
    assert clip.size == (300, 400)
    assert next(clip.frames(range(1))).picture.shape == (400, 300, 3)


@pytest.mark.parametrize("matrix", [(-1, 0, 0, 1), (1, 0, 0, -1), (0, 1, 1, 0), (0, -1, -1, 0)])
def test_mirror_flag_is_applied(tmp_path, write_movie, matrix):
    """The matrix takes x, y to a x + c y, b x + d y; FFmpeg would only turn the picture."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 200
    path = write_movie(tmp_path / "mirrored.mp4", [picture] * 3)
    content = bytearray(path.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    for offset, value in zip((0, 4, 12, 16), matrix, strict=True):
        content[place + offset : place + offset + 4] = struct.pack(">i", value << 16)
    path.write_bytes(content)
    frame = next(iter(open_clip([path]).frames(range(1))))
    a, b, c, d = matrix
    bright = np.argwhere(frame.picture[..., 0] > 100).mean(0) / frame.picture.shape[:2] - 0.5  # of the middle, y then x
    assert np.sign(bright).tolist() == [-(b + d), -(a + c)]
    assert open_clip([path]).size == frame.picture.shape[1::-1]


def test_a_name_with_a_colon_is_a_file_also_as_a_relative_path(tmp_path, write_movie, monkeypatch):
    write_movie(tmp_path / "take 12:30.mp4", GREYS[:3])
    monkeypatch.chdir(tmp_path)
    assert open_clip(["take 12:30.mp4"]).length == 3


def with_transfer(path: Path, transfer: int) -> None:
    """Make a movie say in its sample description (box colr) how its values mean light."""

    def changed(kind: bytes, content: bytes) -> bytes:
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            content = b"".join(changed(*part) for part in parts(content))
        if kind == b"stsd":
            (size,) = struct.unpack_from(">I", content, 8)
            content = content[:8] + struct.pack(">I", size + 19) + content[12:]
            content += box(b"colr", b"nclx" + struct.pack(">3HB", 9, transfer, 9, 0))
        return box(kind, content)

    path.write_bytes(b"".join(changed(*part) for part in parts(path.read_bytes())))


# Transfer (ITU-T H.273: PQ, HLG) -> values of grey, and the range that sRGB's should be in. PQ of 10 and of 100 cd/m²
# are 0.05 and 0.5 of the white of standard pictures, 203 cd/m². HLG looks right as it is, up to its highlights.
GREY_VALUES = {16: [(77, 55, 80), (130, 170, 200)], 18: [(75, 70, 90), (191, 225, 255)]}


@pytest.mark.parametrize("transfer", GREY_VALUES)
def test_high_dynamic_range_becomes_standard(tmp_path, write_movie, transfer):
    values, lows, highs = np.array(GREY_VALUES[transfer]).T
    path = write_movie(tmp_path / "greys.mp4", [np.full((48, 64, 3), value, np.uint8) for value in values])
    with_transfer(path, transfer)
    shown = np.array([frame.picture.mean() for frame in open_clip([path]).frames(range(len(values)))])
    assert (lows < shown).all() and (shown < highs).all()
