# SPDX-License-Identifier: GPL-3.0-or-later
"""Scenes keep their truth, the loss vanishes at it, and what is exported answers as what was trained."""

import argparse
from shutil import copytree

import numpy as np
import pytest
import torch
from skimage.data import astronaut

from nets.errors import UsageError
from nets.lab.commands.train_detector import add_arguments, run
from nets.lab.detection_training import loop, samples, scenes
from nets.lab.detection_training.animals import KINDS, animal_head
from nets.lab.detection_training.backdrop import dead_leaves
from nets.lab.detection_training.bank import CUT_OUT, SIZE, Cutter, make_bank
from nets.lab.detection_training.coverings import covered
from nets.lab.detection_training.moods import set_mood
from nets.lab.detection_training.network import DetectorNetwork
from nets.lab.detection_training.portraits import draw_frame, lay_out_levels, portrait
from nets.lab.detection_training.samples import in_another_guise
from nets.lab.detection_training.scenes import Canvas, Place, Scene
from nets.lab.detection_training.targets import losses, targets_of
from nets.lab.synth.buffer import to_record, write_shard
from nets.model.detection.candidate import overlap
from nets.model.detection.network import EIGHT_BITS, FOLDER, NetworkDetector, to_blocks


def marked_cut_out():
    """A grey square face with a green upper half; the middle of its brim is red."""
    cut_out = np.zeros((), CUT_OUT)
    cut_out["is_face"], cut_out["centre"], cut_out["side"], cut_out["roll"] = True, (50, 60), 40, 0.0
    cut_out["image"][40:81, 30:71] = (0, 0, 255, 255)
    cut_out["image"][40:60, 30:71] = (0, 255, 0, 255)
    return cut_out


def undisturbed(monkeypatch):
    for name in ("degrade", "clean_exposure", "set_mood"):
        monkeypatch.setattr(scenes, name, lambda rng, image: image)


@pytest.mark.parametrize("seed", range(8))
def test_truth_follows_the_face_through_scene_and_guise(seed, monkeypatch):
    undisturbed(monkeypatch)
    monkeypatch.setattr(Canvas, "_frame", lambda self, rng: (0, 0, 256, 256))
    rng = np.random.default_rng(seed)
    canvas = Canvas(np.zeros((256, 256, 3), np.uint8))
    canvas.paste(rng, marked_cut_out(), Place(rng.uniform(60, 190, 2), rng.uniform(30, 60), rng.uniform(-3, 3)))
    scene = in_another_guise(rng, canvas.scene(rng))
    upper, lower = (np.argwhere(scene.image[..., channel] > 100)[:, ::-1].mean(0) for channel in (1, 2))
    np.testing.assert_allclose((upper + lower) / 2, scene.centre[0], atol=0.7)
    up = (upper - lower) / np.linalg.norm(upper - lower)
    np.testing.assert_allclose(up, [np.sin(scene.roll[0]), -np.cos(scene.roll[0])], atol=0.05)
    assert np.linalg.norm(upper - lower) == pytest.approx(scene.side[0] / 2, rel=0.08)
    assert scene.in_view[0] > 0.95


def test_a_covered_face_is_hardly_in_view(monkeypatch):
    monkeypatch.setattr(Canvas, "_frame", lambda self, rng: (0, 0, 256, 256))
    rng = np.random.default_rng(0)
    canvas = Canvas(np.zeros((256, 256, 3), np.uint8))
    for shift in (0, 12):
        canvas.paste(rng, marked_cut_out(), Place(np.array([100.0 + shift, 100]), 40))
    canvas.paste(rng, marked_cut_out(), Place(np.array([100.0, 256]), 40))
    np.testing.assert_allclose(canvas.scene(rng).in_view, [0.3, 1, 0.5], atol=0.12)


def test_an_animal_before_a_face_hides_it_and_is_none():
    rng = np.random.default_rng(0)
    canvas = Canvas(np.zeros((256, 256, 3), np.uint8))
    canvas.paste(rng, marked_cut_out(), Place(np.array([100.0, 100]), 40))
    canvas.paste(rng, animal_head(rng), Place(np.array([100.0, 100]), 60), counts=False)
    canvas.paste(rng, marked_cut_out(), Place(np.array([200.0, 200]), 40))
    scene = canvas.photo(rng, (0, 0, 256, 256), 0)
    assert len(scene.side) == 2 and scene.in_view[0] < 0.3 and scene.in_view[1] > 0.95


@pytest.mark.parametrize("quarter", range(4))
def test_truth_follows_the_face_through_frame_and_levels(quarter, monkeypatch):
    undisturbed(monkeypatch)
    rng = np.random.default_rng(quarter)

    def draw_photo(most):
        canvas = Canvas(np.full((256, 256, 3), 255, np.uint8))
        canvas.paste(rng, marked_cut_out(), Place(np.array([120.0, 130]), 46))
        return canvas.photo(rng, (88, 94, 158, 159), quarter)

    scene = lay_out_levels(rng, draw_photo)
    large = scene.side > 20
    assert 3 <= large.sum() < len(scene.side)
    for centre, side, roll in zip(scene.centre[large], scene.side[large], scene.roll[large], strict=True):
        up = np.array([np.sin(roll), -np.cos(roll)])
        upper, lower = (np.round(centre + sign * up * side / 4).astype(int) for sign in (1, -1))
        assert scene.image[upper[1], upper[0]].argmax() == 1 and scene.image[lower[1], lower[0]].argmax() == 2


def test_frames_and_portraits_fit():
    rng = np.random.default_rng(0)
    for _ in range(50):
        frame, quarter = draw_frame(rng, (90, 120))
        width, height = (high - low for low, high in zip(frame[:2], frame[2:], strict=True))
        if quarter % 2:
            width, height = height, width
        assert 40 <= width <= 90 and 40 <= height <= 120 and min(frame) >= 0 and max(frame) <= 256
        assert all(place.side > 0 for place in portrait(rng, frame))


@pytest.mark.parametrize("yaw", [0, 1.2])
def test_what_is_worn_leaves_half_of_the_face_in_view(yaw):
    rng = np.random.default_rng(0)
    plain = marked_cut_out()
    plain["yaw"] = yaw
    face = np.s_[40:81, 30:71]
    shares = []
    for _ in range(30):
        changed = (covered(rng, plain)["image"] != plain["image"]).any(2)
        shares.append(changed[face].mean())
    assert np.mean(shares) > 0.05 and max(shares) < 0.65


def test_animals_backdrops_and_moods_are_pictures():
    rng = np.random.default_rng(0)
    heads = [animal_head(rng) for _ in range(4 * len(KINDS))]
    for head in heads:
        opacity = head["image"][..., 3]
        assert not head["is_face"] and opacity[SIZE // 2, SIZE // 2] == 255 and opacity[0].max() == 0
    backdrop = dead_leaves(rng, 64)
    assert backdrop.shape == (64, 64, 3) and backdrop.std() > 1
    for _ in range(20):
        changed = set_mood(rng, heads[0]["image"][..., :3])
        assert changed.dtype == np.uint8 and changed.shape == (SIZE, SIZE, 3)


def test_the_truth_costs_nothing():
    scene = Scene(
        np.zeros((256, 256, 3), np.uint8),
        centre=np.array([[40.0, 60], [150, 90], [200, 200], [90, 200]]),
        side=np.array([20.0, 40, 8, 30]),
        roll=np.array([0.3, -2, 0, 0]),
        in_view=np.array([1, 0.8, 1, 0.1]),
    )
    target = torch.from_numpy(targets_of(scene))[None]
    score = target[0, 0]
    assert score[7, 4] == 1 and score[11, 18] == 1 and score[24, 24] == -1 and score[24, 11] == -1 and score[0, 0] == 0
    exact = target.clone()
    exact[:, 0] = torch.where(target[:, 0] > 0, 12.0, -12.0)
    assert sum(losses(exact, target).values()) < 1e-3
    for channel in range(6):
        wrong = exact.clone()
        wrong[:, channel] = 1 - wrong[:, channel]
        assert sum(losses(wrong, target).values()) > 0.1, channel


def test_a_cut_out_holds_its_head(generator):
    rng = np.random.default_rng(3)
    face = generator.draw(rng)
    cut_out = Cutter(generator.model).cut(to_record(face))
    ratio = SIZE / len(face.image)
    expected = (face.camera.project(face.landmarks)[:, :2] + 0.5) * ratio - 0.5
    assert np.abs((expected.min(0) + expected.max(0)) / 2 - cut_out["centre"]).max() < 0.15 * cut_out["side"]
    x, y = expected.round().astype(int).T
    opacity = cut_out["image"][..., 3]
    assert (opacity[y, x] > 128).mean() > 0.9 and (opacity < 128).mean() > 0.1


def test_exported_weights_answer_as_the_network(tmp_path):
    torch.manual_seed(0)
    network = DetectorNetwork().eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.2, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
    loop.export(network, tmp_path)
    loop.write_record(tmp_path, {"scenes": 0})
    blocks = to_blocks(np.random.default_rng(0).integers(0, 255, (96, 160, 3), np.uint8))[None].astype(np.float32)
    answer = NetworkDetector(tmp_path).predict(blocks)
    with torch.no_grad():
        np.testing.assert_allclose(answer, network(torch.from_numpy(blocks) / 255).numpy(), atol=1e-4)


def test_eight_bits_change_scores_little(tmp_path):
    exact = copytree(FOLDER, tmp_path / "exact")
    (exact / EIGHT_BITS).unlink()
    loop.write_record(exact, {"scenes": 0})
    found, expected = (next(NetworkDetector(folder)(astronaut())) for folder in (FOLDER, exact))
    boxes, scores = np.stack([each.box for each in found]), np.array([each.score for each in found])
    likely = [each for each in expected if each.score > 0.5]
    assert likely
    for each in likely:
        assert scores[overlap(each.box, boxes) > 0.9].max() == pytest.approx(each.score, abs=0.1)


def test_a_run_resumes(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "HELD_OUT_SCENES", 4)
    monkeypatch.setattr(loop, "HELD_OUT", 3), monkeypatch.setattr(samples, "HELD_OUT", 3)
    cutter, rng = Cutter(generator.model), np.random.default_rng(0)
    faces = [cutter.cut(to_record(draw(rng))) for draw in [generator.draw, generator.draw_empty] * 3]
    np.save(tmp_path / "bank.npy", np.stack(faces))
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = ["--run", str(tmp_path / "run"), "--bank", str(tmp_path / "bank.npy"), "--start", str(tmp_path)]
    args = parser.parse_args([*options, "--minutes", "0.02", "--batch", "2"])
    for _ in range(2):
        assert run(args) == 0
    first, second = [int(line.split(",")[0]) for line in (tmp_path / "run/log.csv").read_text().splitlines()[1:]]
    assert 0 < first < second
    assert NetworkDetector(tmp_path / "run")(np.zeros((64, 64, 3), np.uint8))


def test_without_faces_the_bank_s_lack_is_named(tmp_path):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = ["--run", tmp_path / "run", "--bank", tmp_path / "bank.npy", "--buffer", tmp_path]
    with pytest.raises(UsageError, match="no generated faces"):
        run(parser.parse_args(list(map(str, options))))


def test_an_interrupted_bank_leaves_no_file(face_model_file, generator, tmp_path, monkeypatch):
    monkeypatch.setenv("PRNET_FACE_MODEL", str(face_model_file))
    shard = write_shard(generator, tmp_path, 0, count=2)

    def interrupted(file, array):
        file.write(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "save", interrupted)
        with pytest.raises(KeyboardInterrupt):
            make_bank(tmp_path / "bank.npy", [shard], 2)
    assert list(tmp_path.iterdir()) == [shard]
    make_bank(tmp_path / "bank.npy", [shard], 2)
    assert len(np.load(tmp_path / "bank.npy")) == 2


def test_the_state_of_an_earlier_version_is_read(tmp_path):
    trainer = loop.DetectorTrainer(1e-3)
    states = {name: getattr(trainer, name).state_dict() for name in ("network", "average")}
    torch.save(states | {"optimiser": trainer._optimisers[0].state_dict(), "scenes": 96, "step": 4}, tmp_path / "s.pt")
    trainer.load(tmp_path / "s.pt")
    assert (trainer.progress.step, trainer.progress.samples) == (4, 96)


def test_the_committed_weights_belong_together():
    trainer = loop.DetectorTrainer(1e-3)
    trainer.start_from(FOLDER / "model.safetensors")
    blocks = to_blocks(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8))[None].astype(np.float32)
    with torch.no_grad():
        answer = trainer.average(torch.from_numpy(blocks) / 255)
    np.testing.assert_allclose(NetworkDetector().predict(blocks), answer.numpy(), atol=2e-3)
