# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of a face that moves, from the file to the performance, by the weights that come along."""

import json
import resource
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.texture import texel_step
from nets.commands import run_command
from nets.errors import NoFaceError, OutputError
from nets.geometry.coarse_map import CoarseShape
from nets.interface import live_link
from nets.interface.perspective import KNOWN
from nets.io.clip import open_clip
from nets.lab.synth.actor import Actor
from nets.lab.synth.face import rotation_matrix
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.bake import bake, by_screen_time
from nets.performance.cache import FACE_RECORD, FRAME, UNCHECKED
from nets.performance.events import BakeOptions, BakeProgress, Gap, Performed, Warned
from nets.performance.frame_textures import size_of_frames
from nets.performance.person import TrackedPerson
from nets.performance.tracker import is_cut
from nets.performance.views import EYES, MOUTH, best_views, inside_of_mouth, opening, posed_map

SIDE, FRAMES = 256, 24
ALL = 0, None, 1


def swaying(frame: int, side: int = SIDE, pace: float = 1.0) -> np.ndarray:
    """A face that tilts, nears and sways, a third of the picture."""
    phase = frame * pace
    turn = cv2.getRotationMatrix2D((225, 130), 8 * np.sin(phase / 7), side / 270 * (1 + 0.06 * np.sin(phase / 9)))
    turn[:, 2] += side / 2 - np.array([225, 130]) + (side * 0.05 * np.sin(phase / 6), 0)
    return cv2.warpAffine(astronaut(), turn, (side, side), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)


@pytest.fixture(scope="module")
def capturer():
    bundle = load_bundle()
    options = CaptureOptions(density="medium", texture_size=64)
    return Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, options)


@pytest.fixture(scope="module")
def model_hash():
    return load_bundle().weights_digest


@pytest.fixture(scope="module")
def clip(tmp_path_factory, write_movie):
    """A second of a face that goes out of the picture for five frames."""
    pictures = [swaying(k) if not 9 <= k < 14 else np.full((SIDE, SIDE, 3), 90, np.uint8) for k in range(FRAMES)]
    return write_movie(tmp_path_factory.mktemp("clip") / "a clip ü.mp4", pictures, size=(SIDE, SIDE))


@pytest.fixture(scope="module")
def baked(capturer, model_hash, clip, tmp_path_factory):
    """(events, cache folder) of an undisturbed bake without smoothing."""
    cache = tmp_path_factory.mktemp("cache")
    return list(bake([clip], ALL, capturer, model_hash, BakeOptions(smoothing=0.0), cache)), cache


def performances(events):
    return [event.performance for event in events if isinstance(event, Performed)]


def in_clip(performance) -> np.ndarray:
    """The vertices (F, N, 3) in the clip's pixels."""
    vertices = performance.neutral + np.tensordot(performance.weights, performance.basis, 1)
    return np.stack([performance.pose(row).apply(shape) for row, shape in enumerate(vertices)])


@pytest.mark.parametrize("lens", ["orthographic", "35"])
def test_with_any_lens_the_face_is_where_it_was_seen(baked, model_hash, clip, lens):
    """The same tracking serves all lenses."""
    bundle = load_bundle()
    options = CaptureOptions(density="medium", texture_size=64, lens=lens)
    capturer = Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, options)
    options = BakeOptions(smoothing=0.0)
    [performance] = performances(bake([clip], ALL, capturer, model_hash, options, baked[1]))
    [automatic] = performances(baked[0])
    apart = np.linalg.norm((in_clip(performance) - in_clip(automatic))[performance.tracked, :, :2], axis=-1)
    assert np.percentile(apart, 99.5) < 0.1 and apart.max() < 1  # most at the rim, which maps continue outwards
    assert np.linalg.norm(performance.neutral - automatic.neutral, axis=1).max() > 1  # but not its shape
    if lens == "35":
        assert performance.camera[0] == pytest.approx(35 / 43.267 * SIDE * 5 / 3, rel=1e-3)  # a square part of 4:3
        assert KNOWN[performance.camera_known] == "given" and KNOWN[automatic.camera_known] == "estimated"


def test_frames_gaps_and_shapes_of_a_bake(baked, capturer):
    events, _ = baked
    [performance] = performances(events)
    np.testing.assert_array_equal(performance.frame, np.arange(FRAMES))
    np.testing.assert_allclose(performance.time, np.arange(FRAMES) / 25, atol=1e-3)
    assert performance.gaps() == [(9, 13)]
    assert [(gap.first, gap.last) for gap in events if isinstance(gap, Gap)] == [(9, 13)]
    assert (performance.tracked == (performance.confidence > 0)).all() and performance.error_mm <= 0.05
    seen = in_clip(performance)
    # Landmarks that are vertices of the medium mesh lie where the network saw them.
    texels = {tuple(texel): k for k, texel in enumerate(capturer.mesh.texels.tolist())}
    pairs = [(texels[tuple(map(float, place))], k) for k, place in enumerate(capturer.layout.landmarks.tolist())
             if tuple(map(float, place)) in texels]  # fmt: skip
    assert len(pairs) > 8
    vertex, landmark = np.array(pairs).T
    apart = np.linalg.norm((seen[:, vertex] - performance.landmarks68[:, landmark])[..., :2], axis=-1)
    assert apart[performance.tracked].max() < 0.3
    np.testing.assert_array_equal(performance.landmarks68[9:14], performance.landmarks68[[8] * 5])
    roll = np.degrees(live_link.head_angles(performance.rotation)[:, 2])
    expected = 8 * np.sin(np.arange(FRAMES) / 7)  # OpenCV turns anticlockwise: to the subject's left shoulder
    tracked = performance.tracked
    assert np.std((roll - expected)[tracked]) < 1.0 or np.std((roll + expected)[tracked]) < 1.0
    assert performance.texture_mask.mean() > 0.2


def test_ears_under_hair_do_not_take_its_colour(baked, capturer):
    [performance] = performances(baked[0])
    grey = performance.texture.mean(-1)
    ears = cv2.erode(np.uint8(capturer.layout.ears), np.ones((5, 5)))[1::4, 1::4] > 0
    nose = tuple(np.int32(capturer.layout.landmarks[30] // 4))
    assert grey[ears].mean() > 0.45 * grey[nose]  # brown hair has a third of it


def test_another_preset_takes_everything_from_the_cache(baked, capturer, model_hash, clip):
    _, cache = baked
    again = list(bake([clip], ALL, capturer, model_hash, BakeOptions(smoothing=0.6, gaps="interpolate"), cache))
    first = next(event for event in again if isinstance(event, BakeProgress))
    assert (first.done, first.total) == (FRAMES, FRAMES)
    [performance] = performances(again)
    [raw] = performances(baked[0])
    np.testing.assert_array_equal(performance.landmarks68[performance.tracked], raw.landmarks68[raw.tracked])
    assert not np.array_equal(performance.weights, raw.weights)
    steps = np.linalg.norm(np.diff(performance.translation[8:15], axis=0), axis=1)
    np.testing.assert_allclose(steps, steps.mean(), rtol=1e-3)  # a straight line through the gap


def test_each_frame_has_its_own_texture(baked, capturer, model_hash, clip, tmp_path):
    options = BakeOptions(smoothing=0.0, textures=tmp_path / "textures")
    [performance] = performances(bake([clip], ALL, capturer, model_hash, options, baked[1]))
    files = sorted(Path(performance.textures).iterdir())
    assert [int(file.stem) for file in files] == performance.frame[performance.tracked].tolist()
    frames = [frame for frame in open_clip([clip]).frames(range(FRAMES)) if performance.tracked[frame.index]]
    nose = slice(27, 31)  # its bridge: skin without edges
    row, column = (capturer.layout.landmarks[nose].T + 0.5) / 256 * 64 - 0.5
    for file, frame in zip(files[::6], frames[::6], strict=True):
        x, y = performance.landmarks68[frame.index, nose, :2].T
        colours = cv2.remap(cv2.GaussianBlur(frame.picture, (0, 0), 1.5), x, y, cv2.INTER_LINEAR)
        texture = cv2.imread(str(file))[..., ::-1]
        shown = cv2.remap(texture, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR)
        assert np.abs(shown.astype(int) - colours).mean() < 8


def test_textures_of_frames_are_as_fine_as_the_clip_and_only_for_short_clips(capturer):
    coarse = CoarseShape(capturer.layout)
    unused = dict.fromkeys(TrackedPerson.__dataclass_fields__)
    shape = {"neutral": 0 * coarse.mean, "basis": np.zeros((1, 64, 64, 3), np.float32), "weights": np.zeros((2, 1))}
    pose = {"rotation": np.tile(np.diag([1.0, -1, 1]), (2, 1, 1)), "translation": np.zeros((2, 3))}
    near, twice, person = (
        TrackedPerson(**{**unused, **shape, **pose, "scale": nearer * np.array([0.5, 2.0])}) for nearer in (1, 2, 4)
    )
    sizes = [size_of_frames(each, coarse, 4096) for each in (near, twice, person)]
    assert sizes[1] == 2 * sizes[0] and sizes[2] == 4 * sizes[0] and size_of_frames(person, coarse, 256) == 256
    step = texel_step(posed_map(person, 1, coarse), sizes[2])
    assert 0.375 < step <= 0.75  # the clip's pixels per texel
    options = BakeOptions(textures=Path("folder"), textures_up_to=300)
    assert options.textures_of(300) == Path("folder") and options.textures_of(301) is None


def test_the_texture_is_of_open_eyes_that_look_ahead_and_of_an_open_mouth(capturer):
    landmarks = np.zeros((4, 68, 3), np.float32)
    landmarks[:, EYES[1], 1] = [[10], [1], [10], [11]]  # the second frame blinks
    landmarks[:, MOUTH[1], 1] = [[5], [0], [9], [0]]
    gaze = np.zeros((4, 2, 2), np.float32)
    gaze[[0, 2], :, 0] = 0.4
    unused = dict.fromkeys(TrackedPerson.__dataclass_fields__)
    person = TrackedPerson(**{**unused, "frame": np.arange(4), "confidence": np.ones(4), "scale": np.ones(4),
                              "gaze": gaze,
                       "landmarks68": landmarks, "rotation": np.tile(np.diag([1.0, -1, 1]), (4, 1, 1))})  # fmt: skip
    assert best_views(person, np.arange(4)) == [3] and best_views(person, np.arange(3)) == [0]
    np.testing.assert_allclose(opening(person, MOUTH), [5, 0, 9, 0])
    layout = capturer.layout
    between = layout.landmarks[[62, 66]].mean(0).astype(int)
    inside = inside_of_mouth(layout)
    assert inside[tuple(between)] > 0.9 and inside[tuple(layout.landmarks[[37, 30, 57]].T)].max() < 0.05


@pytest.mark.parametrize("share", [0.0, 0.31, 0.72])
def test_a_bake_goes_on_from_wherever_it_was_killed(baked, capturer, model_hash, clip, tmp_path, share):
    events, cache = baked
    [whole] = cache.iterdir()
    shutil.copytree(whole, tmp_path / whole.name)
    frames, estimates = (tmp_path / whole.name / name for name in ("frames.bin", "sightings.bin"))
    # Sightings are written before their frame: a death leaves whole or torn records at the ends.
    kept = int(share * FRAMES)
    end = int(np.fromfile(frames, FRAME)["end"][kept])
    with frames.open("r+b") as file:
        file.truncate(kept * FRAME.itemsize + 17)
    with estimates.open("r+b") as file:
        file.truncate(end * FACE_RECORD.itemsize - 1000 * (share > 0.5))
    resumed = list(bake([clip], ALL, capturer, model_hash, BakeOptions(smoothing=0.0), tmp_path))
    assert resumed[0].done == kept
    for name in ("frames.bin", "sightings.bin"):
        assert (tmp_path / whole.name / name).read_bytes() == (whole / name).read_bytes()
    [performance], [undisturbed] = performances(resumed), performances(events)
    for name, array in undisturbed.arrays().items():
        np.testing.assert_array_equal(getattr(performance, name), array, err_msg=name)


def test_a_full_disk_keeps_what_was_tracked(capturer, model_hash, clip, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5 * FACE_RECORD.itemsize + 100, limits[1]))
    try:
        with pytest.raises(OutputError) as full:
            list(bake([clip], ALL, capturer, model_hash, BakeOptions(), tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "kept" in full.value.message and "room" in full.value.remedy
    more = bake([clip], ALL, capturer, model_hash, BakeOptions(), tmp_path)
    assert next(more).done == 5
    with pytest.raises(OutputError, match="another bake"):
        next(bake([clip], ALL, capturer, model_hash, BakeOptions(), tmp_path))


def test_cuts_people_and_ranges(capturer, model_hash, write_movie, tmp_path):
    """Two people side by side, then a cut to one of them elsewhere in another light."""

    def both(frame: int) -> np.ndarray:
        return np.concatenate([swaying(frame), swaying(frame, pace=-1.4)[:, ::-1] // 2 + 60], 1)

    def close(frame: int) -> np.ndarray:
        return (
            cv2.resize(255 - swaying(frame)[40:-40] // 3, (2 * SIDE, SIDE)) if frame > 90 else both(frame)[:, ::-1] // 3
        )

    pictures = [both(k) for k in range(10)] + [close(k) for k in range(10, 16)]
    path = write_movie(tmp_path / "two.avi", pictures, "MJPG", (2 * SIDE, SIDE))
    events = list(bake([path], (2, 13, 1), capturer, model_hash, BakeOptions("all", 0.0), tmp_path / "cache"))
    found = performances(events)
    assert len(found) == 2 and not any(isinstance(event, Warned) for event in events)
    assert all((performance.frame == np.arange(2, 14)).all() for performance in found)
    left, right = sorted(found, key=lambda performance: performance.translation[0, 0])
    assert (left.translation[:8, 0] < SIDE).all() and (right.translation[:8, 0] > SIDE).all()
    main = list(bake([path], (2, 13, 1), capturer, model_hash, BakeOptions(1, 0.0), tmp_path / "cache"))
    np.testing.assert_array_equal(performances(main)[0].landmarks68, found[1].landmarks68)
    with pytest.raises(NoFaceError, match="person 7"):
        list(bake([path], (2, 13, 1), capturer, model_hash, BakeOptions(7), tmp_path / "cache"))


def test_a_person_is_known_again_after_cuts(capturer, model_hash, ict_generator, write_movie, tmp_path):
    names = ict_generator.model.expression_names
    smile = np.array([0.6 * name.startswith("mouthSmile") for name in names], np.float32)
    actor = Actor(ict_generator, 1, SIDE)
    acted = [actor.act(rotation_matrix(0.03 * k, 0, 0), smile * (k % 2), np.zeros((2, 2))).picture for k in range(6)]
    pictures = acted + [swaying(k) for k in range(6)] + acted[::-1]
    path = write_movie(tmp_path / "dialogue.avi", pictures, "MJPG", (SIDE, SIDE))
    events = list(bake([path], ALL, capturer, model_hash, BakeOptions("all", 0.0), tmp_path / "cache"))
    first, second = (np.flatnonzero(performance.tracked).tolist() for performance in performances(events))
    assert first == [*range(6), *range(12, 18)] and second == [*range(6, 12)]


def test_who_was_hardly_there_or_is_no_face_is_left_out():
    person_of = np.repeat([3, 1, 0, 2], [40, 100, 30, 4])
    certainty = np.where(np.arange(174) % 4 == 0, np.repeat([0.9, 0.5, 0.6, 0.9], [40, 100, 30, 4]), UNCHECKED)
    assert by_screen_time(person_of, certainty) == [1, 3]
    assert by_screen_time(person_of[:0], certainty[:0]) == []


def test_a_cut_is_neither_a_pan_nor_a_flicker():
    def thumbnail(picture):
        return cv2.resize(picture, (32, 18), interpolation=cv2.INTER_AREA)

    photo = astronaut()
    assert not is_cut(thumbnail(photo), thumbnail(np.roll(photo, 100, 1)))
    assert not is_cut(thumbnail(photo), thumbnail(photo // 8 * 7))
    assert is_cut(thumbnail(photo), thumbnail(255 - photo))


def test_command_line_writes_performances_and_a_report(clip, tmp_path):
    (tmp_path / "bad.mp4").touch()
    out = tmp_path / "out"
    code = run_command(["reconstruct", str(clip), str(tmp_path / "bad.mp4"), "--out", str(out), "--track"])
    good, bad = json.loads((out / "report.json").read_text(encoding="utf-8"))["inputs"]
    assert code == 1 and bad["status"] == "unreadable" and good["status"] == "ok"
    [face] = good["faces"]
    assert (face["frames"], face["tracked"]) == (FRAMES, FRAMES - 5) and face["gaps"][0]["first"] == 9
    with np.load(out / face["file"], allow_pickle=False) as saved:
        assert saved["weights"].shape == (FRAMES, len(saved["basis"])) and str(saved["clip"]) == str(clip)
        if saved["arkit"].size:
            np.testing.assert_allclose(live_link.load(out / face["csv"]).values[:, :52], saved["arkit"], atol=1e-6)
