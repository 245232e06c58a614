# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture without a window: pictures as they come, one person, takes at an even rate."""

import itertools
import time

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.commands import run_command
from nets.errors import UnreadableError
from nets.interface import live_link
from nets.io.clip import open_clip
from nets.live.kept_video import KeptVideo
from nets.live.live_tracking import LiveFace, follow
from nets.live.one_euro import OneEuro
from nets.live.picture_sources import LatestPicture, LivePicture, opened
from nets.live.recording import LiveTake
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.topology.arkit import NAMES

FRAMES = 20


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A head that slides to the right, 0.8 s at 25 frames per second."""
    path = tmp_path_factory.mktemp("live") / "clip.mp4"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 25.0, (320, 320))
    for frame in range(FRAMES):
        left = 110 - frame
        writer.write(cv2.resize(astronaut()[20:260, left : left + 240], (320, 320))[..., ::-1])
    writer.release()
    return path


@pytest.fixture(scope="module")
def capturer():
    bundle = load_bundle()
    return Capturer(
        load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, CaptureOptions(density="light")
    )


def test_a_clip_plays_as_a_camera_and_the_person_is_followed(clip, capturer):
    with opened([clip]) as latest:
        faces = list(follow(latest, capturer, lambda: False))
    seen = [face for face in faces if face.weights is not None]
    assert seen, "the first picture is always looked at"
    assert all(later.time > earlier.time for earlier, later in itertools.pairwise(faces))
    assert seen[-1].weights.shape == (len(NAMES),)
    assert np.linalg.det(seen[-1].rotation) == pytest.approx(-1, abs=1e-4)
    assert seen[-1].confidence > 0.8


def test_only_the_newest_picture_waits():
    latest = LatestPicture()
    for number in range(3):
        latest.put(LivePicture(float(number), time.monotonic(), np.zeros((1, 1, 3), np.uint8)))
    assert latest.take(0).time == 2
    assert latest.take(0) is None
    latest.end(UnreadableError("gone"))
    with pytest.raises(UnreadableError, match="gone"):
        latest.take(0)


def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(UnreadableError, match="camera 97 cannot be opened"), opened(97):
        pass


def test_the_filter_rests_and_moves():
    """Noise at rest falls by a third and more; a step of one unit is followed within a tenth of a second."""
    rng, rate = np.random.default_rng(0), 30
    smooth = OneEuro(3.0, 2.0)
    noisy = rng.normal(0, 0.02, 300)
    still = np.array([smooth(np.array([value]), k / rate)[0] for k, value in enumerate(noisy)])
    assert still[30:].std() < 0.66 * noisy[30:].std()
    moving = OneEuro(3.0, 2.0)
    step = [moving(np.array([float(k >= 30)]), k / rate)[0] for k in range(60)]
    assert step[29] == 0
    assert step[33] > 0.7


def test_a_take_is_even_where_pictures_were_not(tmp_path):
    take, blink = LiveTake(), NAMES.index("eyeBlinkLeft")
    for moment in (0.0, 0.03, 0.2, 0.21, 0.5):  # the computer stuttered
        weights = np.zeros(len(NAMES), np.float32)
        weights[blink] = moment
        rotation = np.diag([1.0, -1, 1]).astype(np.float32)
        take.add(LiveFace(moment, 0.0, np.zeros((1, 1, 3), np.uint8), 1, 1.0, weights, rotation))
    take.save(tmp_path / "take.csv", rate=24)
    recording = live_link.load(tmp_path / "take.csv")
    assert len(recording.time) == 13
    assert np.allclose(np.diff(recording.time), 1 / 24, atol=2e-3)
    column = recording.names.index("EyeBlinkLeft")
    assert np.allclose(recording.values[:, column], np.arange(13) / 24, atol=1e-3)


def test_a_kept_video_plays_at_its_own_speed(tmp_path):
    """Pictures came at 0, 0.5 and 1 s: the movie shows each for half a second."""
    video = KeptVideo(tmp_path / "kept.mp4")
    for grey, moment in ((40, 0.0), (120, 0.5), (200, 1.0)):
        video.add(np.full((64, 64, 3), grey, np.uint8), moment)
    video.close()
    greys = [round(frame.picture.mean()) for frame in open_clip([tmp_path / "kept.mp4"]).frames(range(100))]
    assert len(greys) == 31
    assert np.abs(np.array(greys) - ([40] * 15 + [120] * 15 + [200])).max() < 5


def test_the_command_saves_a_take(clip, tmp_path, capsys):
    assert run_command(["live", "--camera", str(clip), "--csv", str(tmp_path / "take.csv")]) == 0
    assert "pictures show a face" in capsys.readouterr().out
    assert len(live_link.load(tmp_path / "take.csv").time) >= 1


def test_a_file_that_is_no_clip_is_named(tmp_path, capsys):
    (tmp_path / "notes.mp4").write_text("no movie")
    assert run_command(["live", "--camera", str(tmp_path / "notes.mp4")]) == 1
    assert "notes.mp4" in capsys.readouterr().err
