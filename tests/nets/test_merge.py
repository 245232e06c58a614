# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads merged from photos of people whose shape is known: codes of the network's own bases, and synthetic actors."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.merged_head import FILE_KEYS, SENT_ONLY, MergedHead
from nets.commands import run_command
from nets.errors import BundleError, NoFaceError, UsageError
from nets.geometry.coarse_map import COARSE
from nets.geometry.uv_layout import SIZE
from nets.interface import perspective
from nets.interface.expressions import EXPRESSIONS
from nets.io.pictures import Picture, read_pictures
from nets.io.stopwatch import Stopwatch
from nets.lab.accuracy.measures import aligned
from nets.lab.synth.face import Camera, rotation_matrix
from nets.merge.merging import Merger, PhotoDone, Warned
from nets.merge.remarks import advice_on_expressions, remarks
from nets.merge.separation import IDENTITY_SIZE, Separation
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.engines import load_engine
from nets.model.engines.tensors import graph_tensors
from nets.performance.one_head import one_head
from nets.worker.merge import merge_with
from nets.worker.request import Request

YAWS = (0.0, 0.6, -0.6)  # radians, of an actor's three photos
PEOPLE = (103, 104)
IN_A_HAT = 105


@pytest.fixture(scope="module")
def bundle():
    return load_bundle(DEFAULT_BUNDLE)


@pytest.fixture(scope="module")
def merger(bundle):
    options = CaptureOptions(faces="largest", density="medium", texture_size=256)
    return Merger(Capturer(load_engine(bundle), bundle.layout, bundle.input_size, options), bundle)


@pytest.fixture(scope="module")
def portraits(ict_generator, tmp_path_factory):
    """portraits(seed): three photos of an actor, each with another expression, light and place."""
    from nets.lab.synth.actor import Actor
    from nets.lab.synth.shape import draw_person

    folder, taken = tmp_path_factory.mktemp("portraits"), {}

    def take(seed):
        if seed not in taken:
            taken[seed] = [folder / f"{seed}_{scene}.png" for scene in range(len(YAWS))]
            rng = np.random.default_rng(seed)
            for scene, (path, yaw) in enumerate(zip(taken[seed], YAWS, strict=True)):
                person = draw_person(rng, ict_generator.model.expression_names)
                frame = Actor(ict_generator, seed, scene=scene).act(
                    rotation_matrix(yaw, 0, 0), person.expression, person.gaze
                )
                cv2.imwrite(str(path), frame.picture[..., ::-1])
        return taken[seed]

    return take


def run(merger, paths, boxes=None):
    events = list(one_head(merger, paths, boxes or {}))
    return events[-1], [event for event in events[:-1] if isinstance(event, Warned)]


def true_neutral(ict_generator, seed):
    from nets.lab.synth.actor import Actor

    chart = ict_generator.chart
    vertices = ict_generator.model.shape(Actor(ict_generator, seed).identity, np.zeros(53, np.float32))
    return chart.dense.gather(chart.extend(vertices))


def face_of(layout):
    return layout.mask & ~layout.bridged & (layout.weights > 1)


def test_own_shape_is_told_from_expression_pose_and_perspective(bundle):
    separation, rng = Separation(bundle), np.random.default_rng(3)
    basis = graph_tensors(bundle)["network.decoder.basis"].reshape(-1, COARSE, COARSE, 3) * 100
    identity = np.tensordot(rng.standard_normal(IDENTITY_SIZE).astype(np.float32), basis[:IDENTITY_SIZE], 1)
    for yaw, distance in ((0.1, 500), (-0.9, 2000)):
        codes = rng.standard_normal(len(basis) - IDENTITY_SIZE).astype(np.float32)
        expression = np.tensordot(codes, basis[IDENTITY_SIZE:], 1)
        camera = Camera(rotation_matrix(yaw, 0.2, 0.1), 2.5, 1 / distance, np.array([300, 200]))
        canonical = separation.coarse.shape(identity + expression)
        position_map = camera.project(canonical.reshape(-1, 3)).reshape(SIZE, SIZE, 3)
        found = separation.separate(position_map, np.full((SIZE, SIZE), 5, np.float32))
        on_face = separation.coarse.weights == 1
        for part, true in ((found.identity, identity), (found.expression, expression)):
            error, size = (np.linalg.norm(each, axis=-1)[on_face].mean() for each in (part - true, true))
            assert error < 0.085 * size and size > 1.5
        assert np.allclose(found.uncertainty, 2, rtol=0.02) and np.allclose(found.rotation, camera.rotation, atol=0.01)


def test_three_photos_are_nearer_to_the_true_head_than_one(merger, portraits, ict_generator):
    coarse, face = merger.separation.coarse, face_of(merger.capturer.layout)
    singles, merged, mean_face = [], [], []
    for seed in PEOPLE:
        true = true_neutral(ict_generator, seed)[face]

        def error(shape, true=true):
            return np.linalg.norm(aligned(shape[face], true) - true, axis=1).mean()

        views = [merger.photo_view(picture, {}, Stopwatch()) for picture in read_pictures(portraits(seed))]
        singles.append([error(coarse.shape(view.shape.identity)) for view in views])
        *_, found = merger.adjusted(views, merger.merged(views))
        merged.append(error(coarse.shape(found.identity)))
        mean_face.append(error(merger.capturer.layout.mean))
    assert np.mean(merged) < np.mean(singles, 0).min()
    assert np.mean(merged) < 0.75 * np.mean(mean_face)


def test_what_covers_the_face_does_not_bend_the_head(merger, ict_generator):
    """The brim of this person's hat hides the forehead from photo to photo at other places."""
    from nets.lab.synth.actor import Actor

    actor, still = Actor(ict_generator, IN_A_HAT), np.zeros(53, np.float32)
    views = [
        merger.photo_view(
            Picture(Path(f"{yaw}.png"), actor.act(rotation_matrix(yaw, 0, 0), still, np.zeros((2, 2))).picture),
            {},
            Stopwatch(),
        )
        for yaw in YAWS
    ]
    coarse, face = merger.separation.coarse, face_of(merger.capturer.layout)
    true, merged = true_neutral(ict_generator, IN_A_HAT)[face], merger.merged(views)
    *_, found = merger.adjusted(views, merged)
    before, after = (
        np.linalg.norm(aligned(coarse.shape(each.identity)[face], true) - true, axis=1).mean()
        for each in (merged, found)
    )
    assert after < 1.05 * before


def test_the_head_lies_on_every_photo(merger, portraits):
    head, warned = run(merger, portraits(PEOPLE[0]))
    assert not warned and sorted(head.paths) == sorted(map(str, portraits(PEOPLE[0])))
    turned = {
        path: np.degrees(np.arctan2(*r[0, [2, 0]])) for path, r in zip(head.paths, head.view_rotation, strict=True)
    }
    assert [round(turned[str(path)] / 30) for path in portraits(PEOPLE[0])] == [0, 1, -1]
    marks = np.abs(merger.capturer.mesh.texels[:, None] - merger.capturer.layout.landmarks).max(-1).argmin(0)
    for v, (left, top, right, bottom) in enumerate(head.view_box):
        camera = perspective.Camera.of_array(head.view_camera[v])
        pose = perspective.PerspectivePose(camera, head.view_scale[v], head.view_rotation[v], head.view_translation[v])
        x, y, _ = pose.apply(head.view_vertices[v])[marks].T
        edges = np.abs(np.array([x.min() - left, y.min() - top, x.max() - right, y.max() - bottom]))
        assert edges.max() < 0.02 * (right - left)
        assert np.linalg.norm(head.view_vertices[v] - head.vertices, axis=1).mean() < 6


def test_somebody_else_among_the_photos(merger, portraits):
    stranger = portraits(PEOPLE[1])[2]
    head, warned = run(merger, [*portraits(PEOPLE[0])[:2], stranger])
    assert [stranger.name in warning.message for warning in warned] == [True]
    assert head.paths[head.shape_distance_mm.argmax()] == str(stranger)
    assert head.arrays()["unlike_mm"] is head.shape_distance_mm  # the name in files


def test_a_copy_and_a_strong_expression_are_named(merger, portraits):
    view = merger.photo_view(next(iter(read_pictures(portraits(PEOPLE[0])))), {}, Stopwatch())
    shouting = replace(view.estimate, expression=np.float32([0.9 * (name == "jawOpen") for name in EXPRESSIONS]))
    copy = replace(view, path=Path("copy.png"), estimate=replace(view.estimate, box=view.estimate.box / 2))
    shout = replace(view, path=Path("shout.png"), estimate=shouting)
    said = list(remarks([view, copy, shout], np.float32([0, 0, 3]), merger.separation.coarse))
    assert [sentence.split()[0] for sentence in said] == ["shout.png", "copy.png"]
    assert "somebody else, or its expression misleads" in said[0] and f"no more than {view.name}" in said[1]
    assert "(shout.png)" in advice_on_expressions([replace(view, estimate=at_rest(view)), shout])


def test_photos_of_several_ages_are_named(merger, portraits, tmp_path):
    views = [merger.photo_view(picture, {}, Stopwatch()) for picture in read_pictures(portraits(PEOPLE[0])[:2])]
    dated = []
    for view, date in zip(views, ("2009:05:01 12:00:00", "2021:05:01 12:00:00"), strict=True):
        exif = Image.Exif()
        exif.get_ifd(IFD.Exif)[0x9003] = date
        dated.append(replace(view, path=tmp_path / f"{date[:4]}.jpg"))
        Image.new("RGB", (64, 48)).save(dated[-1].path, exif=exif)
    said = list(remarks(dated, np.zeros(2), merger.separation.coarse))
    assert said == ["the photos are from 2009 to 2021: the head is a mean of these ages"]
    assert not list(remarks(views, np.zeros(2), merger.separation.coarse))


def at_rest(view):
    return replace(view.estimate, expression=np.zeros(len(EXPRESSIONS), np.float32))


@pytest.fixture
def photos(tmp_path):
    """Two photos of one face: as it is, and mirrored in other light."""
    portrait = astronaut()[:300, 60:380]
    darker = (portrait[:, ::-1] * (0.6, 0.7, 0.8)).astype(np.uint8)
    paths = tmp_path / "one.png", tmp_path / "two.png"
    for path, picture in zip(paths, (portrait, darker), strict=True):
        cv2.imwrite(str(path), picture[..., ::-1])
    return paths


def test_what_cannot_be_merged(merger, photos, tmp_path):
    one, two = photos
    wall, torn, movie = tmp_path / "wall.png", tmp_path / "torn.jpg", tmp_path / "movie.mp4"
    cv2.imwrite(str(wall), np.full((200, 200, 3), 128, np.uint8))
    torn.write_bytes(one.read_bytes()[:500])
    movie.touch()
    entries = [
        event.entry for event in one_head(merger, [wall, one, torn, two, movie], {}) if isinstance(event, PhotoDone)
    ]
    statuses = {entry.path: entry.status for entry in entries}
    assert [statuses[str(path)] for path in (one, two, wall, torn, movie)] == ["ok", "ok", "no_face"] + 2 * [
        "unreadable"
    ]
    with pytest.raises(NoFaceError, match=r"only one\.png"):
        run(merger, [one, wall])
    with pytest.raises(UsageError, match="two photos"):
        run(merger, [one, one])


def test_command(photos, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(["merge", *map(str, photos), "--out", str(out), "--formats", "npz,glb"]) == 0
    with np.load(out / "head.npz", allow_pickle=False) as saved:
        assert saved["view_vertices"].shape == (2, *saved["vertices"].shape) and saved["texture"].shape == (
            1024,
            1024,
            3,
        )
        assert saved["expression_names"].shape == saved["view_expression"].shape[1:]
    assert (out / "head.glb").read_bytes()[:4] == b"glTF"
    assert [entry["status"] for entry in json.loads((out / "report.json").read_text())["inputs"]] == ["ok", "ok"]
    assert run_command(["merge", str(photos[0]), "--out", str(out)]) == 2
    assert run_command(["merge", *map(str, photos), "--out", str(out), "--formats", "png"]) == 2
    assert "two photos" in capsys.readouterr().err


def test_job(merger, photos):
    messages = list(merge_with(merger, Request({"paths": list(map(str, photos)), "options": {}}, {}, lambda: False)))
    kinds = [message["type"] for message, _ in messages]
    assert kinds[:4] == ["input", "progress", "input", "progress"] and kinds[-1] == "head"
    facts, arrays = messages[-1]
    assert sorted(facts["paths"]) == sorted(map(str, photos))
    names = {FILE_KEYS.get(name, name) for name in MergedHead.__dataclass_fields__}
    assert set(arrays) == names - set(SENT_ONLY) and "mm from the person's" in facts["summary"]
    assert not list(merge_with(merger, Request({"paths": list(map(str, photos))}, {}, lambda: True)))
    with pytest.raises(UsageError):
        list(merge_with(merger, Request({}, {}, lambda: False)))


def test_a_photo_is_left_out_of_the_texture(photos, tmp_path, capsys):
    one, two = map(str, photos)
    command = ["merge", one, two, "--mesh", "grid", "--out", str(tmp_path)]
    textures = []
    for weights in (("--weight", "two.png=0"), ("--weight", "one.png=0", "--weight", "two.png=0.5")):
        assert run_command([*command, *weights]) == 0
        with np.load(tmp_path / "head.npz") as saved:
            textures.append(saved["texture"].astype(int))
    bright = [texture[300:700, 300:700].mean() for texture in textures]
    assert bright[1] < 0.85 * bright[0]  # the darker photo's colours, and the other one's
    for wrong, message in (
        (("three.png=1",), "none of the pictures"),
        (("one.png=0", "two.png=0"), "left out of the texture"),
    ):
        weights = [part for each in wrong for part in ("--weight", each)]
        assert run_command([*command, *weights]) == 2
        assert message in capsys.readouterr().err
    for wrong in ("one.png", "one.png=-1", "=1", "one.png=nan"):
        with pytest.raises(SystemExit):
            run_command([*command, "--weight", wrong])
    assert "a number from 0 up" in capsys.readouterr().err


def test_a_network_without_shape_codes(bundle):
    with pytest.raises(BundleError, match="does not tell"):
        Separation(replace(bundle, architecture="resfcn256"))
