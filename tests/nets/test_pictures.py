# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos and movies as a stream of pictures, with errors in their place."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from nets.errors import UnreadableError
from nets.io.pictures import expand, read_picture, read_pictures


def write(path, value=90, size=(60, 80)):
    path.write_bytes(cv2.imencode(path.suffix, np.full((*size, 3), value, np.uint8))[1].tobytes())
    return path


def test_a_folder_gives_its_photos_in_order(tmp_path):
    write(tmp_path / "b.png"), write(tmp_path / "a.JPG"), (tmp_path / "notes.txt").write_text("not asked for")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert [path.name for path in expand([tmp_path, empty, "x.jpg"])] == ["a.JPG", "b.png", "empty", "x.jpg"]


def test_a_folder_gives_what_reconstruct_takes_from_it(tmp_path):
    """Hidden files are left out, and a link that leads nowhere is listed: reading it reports what is wrong."""
    (tmp_path / "sub").mkdir()
    write(tmp_path / ".hidden.png"), write(tmp_path / "sub" / "deep.png"), write(tmp_path / "a.png")
    (tmp_path / "lost.jpg").symlink_to("nowhere.jpg")
    assert [path.name for path in expand([tmp_path])] == ["a.png", "lost.jpg"]


def test_errors_take_their_place_in_the_stream(tmp_path):
    good, bad, empty = write(tmp_path / "good.png", 77), tmp_path / "bad.png", tmp_path / "none"
    bad.write_bytes(b"not a picture at all")
    empty.mkdir()
    pictures = list(read_pictures(expand([bad, good, empty, tmp_path / "missing.jpg"])))
    assert [picture.error is None for picture in pictures] == [False, True, False, False]
    assert (pictures[1].photo == 77).all() and pictures[1].read_ms > 0
    assert "folder without photos" in str(pictures[2].error) and "no such file" in str(pictures[3].error)


def test_a_movie_is_read_frame_by_frame(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (80, 60))
    for value in (30, 120, 210):
        writer.write(np.full((60, 80, 3), value, np.uint8))
    writer.release()
    frames = list(read_pictures([path]))
    assert [picture.frame for picture in frames] == [0, 1, 2]
    assert [round(float(picture.photo.mean()), -1) for picture in frames] == [30, 120, 210]
    path.write_bytes(b"no movie")
    assert "not a movie" in str(next(read_pictures([path])).error)
    assert "not text" in str(next(read_pictures([Path(os.fsdecode(b"\xe4.mp4"))])).error)


def test_one_frame_of_a_movie_is_read_without_decoding_those_before(tmp_path, write_movie, monkeypatch):
    path = write_movie(tmp_path / "clip.mp4", [np.full((48, 64, 3), 8 * k, np.uint8) for k in range(30)])
    decoded, open_capture = [], cv2.VideoCapture

    class Counting:
        def __init__(self, *arguments):
            self._capture = open_capture(*arguments)

        def __getattr__(self, name):
            if name in ("read", "retrieve"):
                decoded.append(self._capture.get(cv2.CAP_PROP_POS_FRAMES))
            return getattr(self._capture, name)

    monkeypatch.setattr(cv2, "VideoCapture", Counting)
    picture = read_picture(path, 25)
    assert picture.frame == 25 and round(float(picture.photo.mean()) / 8) == 25
    assert len(decoded) == 1  # the one that was asked for
    with pytest.raises(UnreadableError, match="no frame 30"):
        read_picture(path, 30)
