# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips that a user corrects: a few pinned frames mend the frames around them, and doubtful ones are named."""

import json

import cv2
import numpy as np
import pytest

from nets.capture.capturer import CaptureOptions, Capturer
from nets.commands import run_command
from nets.errors import UsageError
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.bake import bake
from nets.performance.events import BakeOptions, Performed, Warned
from nets.performance.fixes import Fix, Fixes, load_fixes, moved_landmarks
from nets.performance.ignored import IgnoredBox
from nets.performance.smoothing import SmoothedRange, Strengths
from tests.nets.test_performance import ALL, SIDE, swaying

FRAMES, SHORT = 51, 16
PINS = (36, 45, 30, 48, 54, 8)  # corners of the eyes, tip of the nose, corners of the mouth, chin
RANGES = {(3, 9): "hidden", (13, 18): "dark", (22, 27): "mouth", (32, 38): "hidden", (42, 47): "half"}


def spoilt(frame: int) -> np.ndarray:
    """The clip with five ranges in which the face is hardly to be seen."""
    picture, middle = swaying(frame), SIDE // 2
    kind = next((kind for (first, stop), kind in RANGES.items() if first <= frame < stop), "")
    pattern = cv2.resize(np.random.default_rng(7).integers(0, 255, (6, 6, 3), np.uint8), (110, 110))
    if kind == "dark":
        return cv2.GaussianBlur(picture, (0, 0), 9) // 4
    if kind:
        left, top, width = {"hidden": (-55, -60, 110), "mouth": (-50, 10, 100), "half": (-55, -60, 58)}[kind]
        picture[middle + top : middle + top + 110, middle + left : middle + left + width] = pattern[:, :width]
    return picture


@pytest.fixture(scope="module")
def capturer():
    bundle = load_bundle()
    options = CaptureOptions(density="light", texture_size=64)
    return Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, options)


@pytest.fixture(scope="module")
def baker(capturer, tmp_path_factory):
    """Bakes pictures as a clip of that name; the same name is the same clip, and its cache."""
    folder, digest = tmp_path_factory.mktemp("clips"), load_bundle().weights_digest

    def run(path, **options):
        chosen = BakeOptions(smoothing=0.0, gaps="interpolate", **options)
        events = list(bake([path], ALL, capturer, digest, chosen, folder / "cache"))
        [performance] = [event.performance for event in events if isinstance(event, Performed)]
        return performance, [event.message for event in events if isinstance(event, Warned)]

    return run


@pytest.fixture(scope="module")
def clips(tmp_path_factory, write_movie):
    """Paths of a clean and of a spoilt clip, and of the beginning of the clean one."""
    folder = tmp_path_factory.mktemp("movies")
    drawn = {"clean": (swaying, FRAMES), "spoilt": (spoilt, FRAMES), "short": (swaying, SHORT)}
    return {
        name: write_movie(folder / f"{name}.avi", [draw(k) for k in range(count)], "MJPG", (SIDE, SIDE))
        for name, (draw, count) in drawn.items()
    }


def errors(performance, true) -> np.ndarray:
    """(F,), mean distance of the landmarks, in per cent of the face's size."""
    size = np.sqrt(np.ptp(true[..., :2], axis=1).prod(1))
    return 100 * np.linalg.norm((performance.landmarks68 - true)[..., :2], axis=-1).mean(1) / size


def keyframe(frame, true, pins=PINS) -> Fix:
    return Fix(frame, None, {k: tuple(true[frame, k, :2].tolist()) for k in pins})


def test_two_pinned_frames_mend_each_of_five_spoilt_ranges(baker, clips):
    true = baker(clips["clean"])[0].landmarks68
    before = errors(baker(clips["spoilt"])[0], true)
    keyframes = tuple(keyframe(frame, true) for first, stop in RANGES for frame in (first + 1, stop - 2))
    mended, _ = baker(clips["spoilt"], fixes={0: Fixes(keyframes)})
    after = errors(mended, true)
    inside = np.zeros(FRAMES, bool)
    for first, stop in RANGES:
        inside[first:stop] = True
    assert after[inside].mean() < 0.3 * before[inside].mean()
    assert after[~inside].mean() < before[~inside].mean() + 0.3
    for fix in keyframes:
        apart = np.linalg.norm(mended.landmarks68[fix.frame, fix.landmarks, :2] - fix.places, axis=1)
        assert apart.max() < 1.5


def test_fixes_stay_with_the_clip_until_others_take_their_place(baker, clips, monkeypatch):
    true = baker(clips["short"])[0].landmarks68
    fixed, _ = baker(clips["short"], fixes={0: Fixes((keyframe(14, true + 4),))})
    place = fixed.landmarks68[14, 36, :2]
    assert np.linalg.norm(place - true[14, 36, :2] - 4) < 1.5  # pixels
    np.testing.assert_array_equal(fixed.landmarks68[0], true[0])  # out of the keyframe's reach
    with monkeypatch.context() as patch:
        patch.setattr("nets.performance.sighting.Watcher.look_again", None)  # what was refined is not refined again
        again, _ = baker(clips["short"])
    np.testing.assert_array_equal(again.landmarks68, fixed.landmarks68)
    cleared, _ = baker(clips["short"], fixes={0: Fixes()})
    np.testing.assert_array_equal(cleared.landmarks68, true)


def test_what_is_to_be_ignored_follows_from_the_frames_around_it(baker, clips):
    """A patch over the mouth draws it; what lies under the patch then stays where the rest of the face has it."""
    true = baker(clips["clean"])[0].landmarks68
    first, stop = 22, 27
    before = errors(baker(clips["spoilt"], fixes={0: Fixes()})[0], true)[first:stop]
    middle = SIDE // 2
    box = IgnoredBox(first, stop - 1, (middle - 52, middle + 8, middle + 52, middle + 122))
    after = errors(baker(clips["spoilt"], fixes={0: Fixes(ignored=(box,))})[0], true)[first:stop]
    assert after.mean() < 0.5 * before.mean()


def test_doubtful_fixes_are_named_and_cost_nothing_else(baker, clips):
    true = baker(clips["short"], fixes={0: Fixes()})[0].landmarks68
    keyframes = keyframe(8, true), keyframe(9, true + 200), keyframe(500, np.zeros((501, 68, 3)))
    performance, messages = baker(clips["short"], fixes={0: Fixes(keyframes)})
    assert len(performance.frame) == SHORT
    assert any("frames 8 and 9 contradict each other" in message for message in messages)
    assert any("frame 500 has a tracking keyframe, but is not among" in message for message in messages)


def test_a_cut_and_a_second_person_are_named(capturer, write_movie, tmp_path):
    def pair(frame):
        both = np.concatenate([swaying(frame), swaying(frame, pace=-1.4)[:, ::-1] // 2 + 60], 1)
        return both if frame < 12 else 255 - both[::-1] // 2

    path = write_movie(tmp_path / "two.avi", [pair(k) for k in range(16)], "MJPG", (2 * SIDE, SIDE))
    digest = load_bundle().weights_digest

    def warnings(fixes):
        events = bake([path], ALL, capturer, digest, BakeOptions("main", fixes=fixes), tmp_path / "cache")
        found = list(events)
        [performance] = [event.performance for event in found if isinstance(event, Performed)]
        return performance, [event.message for event in found if isinstance(event, Warned)]

    performance, _ = warnings({})
    own = performance.landmarks68
    across = own[:, :, :2].mean((0, 1))[0]
    other = own + np.float32([SIDE if across < SIDE else -SIDE, 0, 0])
    _, messages = warnings({0: Fixes((keyframe(5, other), keyframe(14, own)))})
    assert any("frame 5 is nearer to another person's face" in message for message in messages)
    assert any("a new shot begins at frame 12" in message for message in messages)


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"keyframes": [{"frame": 3}]}, "says nothing"),
        ({"keyframes": [{"frame": 3, "pins": [[68, 1, 1]]}]}, "numbered 0 to 67"),
        ({"keyframes": [{"frame": 3, "box": [5, 5, 1, 9]}]}, "empty or turned round"),
        ({"keyframes": [{"frame": 3, "box": [0, 0, 9, 9]}, {"frame": 3, "box": [0, 0, 9, 9]}]}, "the same frame"),
        ({"ignored": [{"first": 1}]}, "not corrections"),
        ({"smoothing": [{"first": 1, "last": 2, "position": 2, "depth": 0, "rotation": 0, "expression": 0}]}, "0 to 1"),
        ([], "not corrections"),
    ],
)
def test_bad_fixes_are_refused(entry, what):
    with pytest.raises(UsageError, match=what):
        Fixes.of(entry)


def test_fixes_are_read_as_they_were_kept(tmp_path):
    fixes = Fixes(
        (Fix(4, (1.0, 2.0, 30.0, 40.0), {}), Fix(9, None, {8: (3.0, 4.5)})), (IgnoredBox(2, 3, (0.0, 0, 5, 5)),)
    )
    (tmp_path / "fixes.json").write_text(json.dumps({"1": fixes.entry()}), "utf-8")
    assert load_fixes(tmp_path) == {1: fixes}
    (tmp_path / "fixes.json").write_text("[", "utf-8")
    with pytest.raises(UsageError, match="Delete it"):
        load_fixes(tmp_path)


def test_pins_move_the_whole_face():
    landmarks = np.random.default_rng(0).uniform(0, 100, (68, 3))
    turned = landmarks[:, :2] @ np.array([[0, 2.0], [-2.0, 0]]) + (7, 9)
    pins = {k: tuple(turned[k]) for k in (3, 20, 50)}
    np.testing.assert_allclose(moved_landmarks(landmarks, Fix(0, None, pins)), turned, atol=1e-4)
    one = moved_landmarks(landmarks, Fix(0, None, {5: tuple(landmarks[5, :2] + 8)}))
    np.testing.assert_allclose(one, landmarks[:, :2] + 8, atol=1e-4)


def test_the_command_line_takes_fixes(clips, tmp_path):
    true = {"box": [60, 60, 190, 200], "frame": 2, "pins": []}
    file = tmp_path / "fixes.json"
    file.write_text(json.dumps({clips["short"].name: {"0": {"keyframes": [true]}}}), "utf-8")
    arguments = ["reconstruct", str(clips["short"]), "--out", str(tmp_path / "out"), "--track", "--fixes", str(file)]
    assert run_command(arguments) == 0
    assert len(list((tmp_path / "out/cache").glob("*/fixes.json"))) == 1
    file.write_text("[]", "utf-8")
    assert run_command(arguments) == 2


def test_a_range_is_smoothed_by_strengths_of_its_own(baker, clips, monkeypatch):
    plain = baker(clips["short"], fixes={0: Fixes()})[0]
    monkeypatch.setattr("nets.performance.tracker.Tracker.track", None)  # nothing is tracked again
    still = SmoothedRange(5, 7, Strengths(position=0.0, depth=0.0, rotation=1.0, expression=0.0))
    smoothed = baker(clips["short"], fixes={0: Fixes(smoothing=(still,))})[0]
    np.testing.assert_array_equal(smoothed.translation, plain.translation)
    np.testing.assert_array_equal(smoothed.arkit, plain.arkit)
    turned = np.abs(smoothed.rotation - plain.rotation).max((1, 2))
    assert turned[5:8].max() > 1e-3 and turned[[0, *range(12, SHORT)]].max() < 1e-6

    def unrest(performance):
        return np.abs(np.diff(performance.rotation[4:9], 2, axis=0)).mean()

    assert unrest(smoothed) < 0.5 * unrest(plain)
    np.testing.assert_allclose(np.linalg.det(smoothed.rotation), -1, atol=1e-5)
    again, _ = baker(clips["short"])
    np.testing.assert_array_equal(again.rotation, smoothed.rotation)  # kept with the clip
