# SPDX-License-Identifier: GPL-3.0-or-later
"""One head from a clip: which frames count, and how they come to the head."""

import json

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.commands import run_command
from nets.performance.head_frames import COUNT, best_spread

SIDE = 256  # pixels


@pytest.fixture(scope="module")
def clip(write_movie, tmp_path_factory):
    """Five frames of a face that moves and tilts, but does not turn."""
    frames = []
    for number in range(5):
        matrix = cv2.getRotationMatrix2D((224, 120), 5 * number, 0.9)
        matrix[:, 2] += SIDE / 2 - np.array([224, 120])
        frames.append(cv2.warpAffine(astronaut(), matrix, (SIDE, SIDE), flags=cv2.INTER_AREA))
    return write_movie(tmp_path_factory.mktemp("clip") / "turn.mp4", frames, size=(SIDE, SIDE))


def directions(yaw: np.ndarray) -> np.ndarray:
    yaw = np.radians(yaw)
    return np.stack([np.sin(yaw), np.zeros_like(yaw), np.cos(yaw)], 1)


def test_frames_are_spread_over_the_turn_and_poor_ones_left_out():
    yaw = 40 * np.sin(np.linspace(0, 2 * np.pi, 480))
    worth = np.full(480, 0.9)
    worth[::3] = 0.1  # blurred
    worth[yaw > 30] *= 0.02  # laughs on one side
    chosen = best_spread(directions(yaw), worth)
    assert len(set(chosen)) == COUNT and (worth[chosen] == 0.9).all()
    assert abs(yaw[chosen[0]]) < 5  # the first is from the front
    assert yaw[chosen].min() < -38 and 25 < yaw[chosen].max() <= 30
    assert np.diff(np.sort(yaw[chosen])).max() < 12


def test_a_clip_without_a_turn_gives_its_best_frames():
    worth = np.random.default_rng(1).random(480)
    chosen = best_spread(directions(np.zeros(480)), worth)
    assert len(set(chosen)) == COUNT and worth[chosen].min() > 0.95


def test_command(clip, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(["merge", str(clip), "--out", str(out), "--mesh", "grid", "--formats", "npz"]) == 0
    said = capsys.readouterr().err
    assert "turn.mp4: frames 0, 1, 2, 3, 4 count" in said
    assert "all pictures show the face from nearly the same side" in said and "pictures from both sides" in said
    entries = json.loads((out / "report.json").read_text())["inputs"]
    assert [(entry["frame"], entry["status"]) for entry in entries] == [(frame, "ok") for frame in range(5)]
    assert all(0 <= entry["faces"][0]["fit_px"] < 5 for entry in entries)
    with np.load(out / "head.npz") as saved:
        assert sorted(saved["view_frame"]) == list(range(5)) and not saved["adjusted"]


def test_frames_that_a_user_names(clip, tmp_path, capsys):
    out = tmp_path / "out"
    arguments = ["merge", str(clip), "--out", str(out), "--mesh", "grid", "--formats", "npz"]
    assert run_command([*arguments, "--frames", "4,1,99"]) == 1  # one of which there is not
    entries = json.loads((out / "report.json").read_text())["inputs"]
    assert [(entry["frame"], entry["status"]) for entry in entries] == [(4, "ok"), (1, "ok"), (99, "unreadable")]
    with np.load(out / "head.npz") as saved:
        assert sorted(saved["view_frame"]) == [1, 4]
    assert run_command(["merge", "other.mp4", *arguments[1:], "--frames", "1,4"]) == 2
    assert "--frames is for one movie" in capsys.readouterr().err


def test_a_photo_and_a_clip_without_a_face(write_movie, tmp_path, capsys):
    photo, movie = tmp_path / "photo.png", tmp_path / "sky.mp4"
    cv2.imwrite(str(photo), astronaut()[:300, 60:380, ::-1])
    write_movie(movie, [np.full((48, 64, 3), 120, np.uint8)] * 3)
    assert run_command(["merge", str(photo), str(movie), "--out", str(tmp_path)]) == 1
    entries = json.loads((tmp_path / "report.json").read_text())["inputs"]
    assert [entry["status"] for entry in entries] == ["no_face", "ok"]
    assert "only photo.png shows a face" in capsys.readouterr().err
