# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of a clip goes into another movie byte for byte, and lasts as long there."""

import struct

import cv2
import numpy as np
import pytest

from nets.io.movie_sound import box, sound_of
from nets.io.provenance import write_marked_movie
from nets.performance.swapped_clip import played_evenly

CHUNKS = (b"first chunk", b"second")  # of 4-byte samples but for the ends: sizes 4 4 3, 4 2
SCALE, SOUND_SCALE, DURATION = 600, 8000, 1800  # a sound of three seconds in a movie of 600 units per second


def movie_with_sound(path, wide=False, sample_size=0):
    """An MP4 file with nothing but a sound track; wide: with places of 64 bits."""
    head = box(b"ftyp", b"isom" + bytes(4)) + struct.pack(">I4s", 8 + sum(map(len, CHUNKS)) + 3, b"mdat")
    places = [len(head), len(head) + len(CHUNKS[0]) + 3]  # something else lies between them
    data = head + CHUNKS[0] + b"???" + CHUNKS[1]
    sizes = (4, 4, 3, 4, 2)
    table = [
        box(b"stsd", bytes(4) + struct.pack(">I", 1) + box(b"mp4a", bytes(28))),
        box(b"stts", struct.pack(">4I", 0, 1, 5, 1024)),
        box(b"stsc", struct.pack(">8I", 0, 2, 1, 3, 1, 2, 2, 1)),
        box(b"stsz", struct.pack(">3I", 0, sample_size, 5) + (b"" if sample_size else struct.pack(">5I", *sizes))),
        box(b"co64" if wide else b"stco", struct.pack(">2I2Q" if wide else ">4I", 0, 2, *places)),
    ]
    media = [
        box(b"mdhd", struct.pack(">6I", 0, 0, 0, SOUND_SCALE, 3 * SOUND_SCALE, 0)),
        box(b"hdlr", bytes(8) + b"soun" + bytes(13)),
        box(b"minf", box(b"smhd", bytes(8)) + box(b"stbl", b"".join(table))),
    ]
    track = [
        box(b"tkhd", struct.pack(">6I", 7, 0, 0, 1, 0, DURATION) + bytes(60)),
        box(b"edts", box(b"elst", struct.pack(">2IIiI", 0, 1, DURATION, 1024, 1 << 16))),
        box(b"mdia", b"".join(media)),
    ]
    header = box(b"mvhd", struct.pack(">5I", 0, 0, 0, SCALE, DURATION) + bytes(76) + struct.pack(">I", 2))
    path.write_bytes(data + box(b"moov", header + box(b"trak", b"".join(track))))
    return path


@pytest.mark.parametrize("wide", [False, True])
def test_sound_is_copied_as_it_is(tmp_path, wide):
    source = movie_with_sound(tmp_path / "clip.mp4", wide)
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    out = tmp_path / "swapped.mp4"
    write_marked_movie(out, [picture] * 5, 25, "Altered picture", sound_of(source))
    content, copied = out.read_bytes(), sound_of(out)
    assert [content[place : place + size] for place, size in copied.chunks] == list(CHUNKS)
    number, duration = struct.unpack_from(">I4xI", copied.track, 8 + 8 + 12)
    assert number == 2 and duration / copied.scale == pytest.approx(DURATION / SCALE)
    edit = copied.track.index(b"elst") + 12
    assert struct.unpack_from(">2I", copied.track, edit)[0] / copied.scale == pytest.approx(DURATION / SCALE)
    assert b"Altered picture" in content
    capture = cv2.VideoCapture(str(out))
    assert sum(capture.read()[0] for _ in range(9)) == 5


def test_sound_that_cannot_be_copied_is_none(tmp_path):
    plain = movie_with_sound(tmp_path / "quicktime.mov", sample_size=1)
    (tmp_path / "clip.webm").write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    whole = movie_with_sound(tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[:-80])
    (tmp_path / "endless.mp4").write_bytes(struct.pack(">I4sQ", 1, b"free", (1 << 64) - 1) + whole)
    names = plain.name, "clip.webm", "cut.mp4", "endless.mp4"
    assert [sound_of(tmp_path / name) for name in names] == [None] * 4


def test_uneven_frames_are_played_at_their_times():
    times = np.array([0, 0.1, 0.4, 0.41, 0.5])
    played = list(played_evenly(((number, number) for number in range(5)), times, 10))
    assert played == [0, 1, 1, 1, 3, 4]
