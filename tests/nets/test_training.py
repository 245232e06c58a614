# SPDX-License-Identifier: GPL-3.0-or-later
"""Training samples keep their truth, losses vanish at the truth, and a run goes on where it stopped."""

import argparse
import csv

import numpy as np
import pytest
import torch

from nets.bundle import load_bundle
from nets.face_chart import build_layout
from nets.networks.compact import Estimate, Output
from nets.synth.buffer import camera_of, to_record, write_shard
from nets.training import batches, loop
from nets.training.batches import make_sample
from nets.training.command import add_arguments
from nets.training.losses import losses
from nets.training.photos import aligned_error, error_2d, error_3d
from nets.training.targets import CoarseModel


@pytest.fixture(scope="module")
def coarse(face_model, chart) -> CoarseModel:
    return CoarseModel(face_model, chart, build_layout(face_model, chart).weights)


@pytest.fixture(scope="module")
def record(generator):
    return to_record(generator.draw(np.random.default_rng(11)))


@pytest.mark.parametrize("seed", range(6))
def test_truth_follows_the_picture_through_crop_turn_and_mirror(record, coarse, seed, monkeypatch):
    """Each landmark's neighbourhood is painted; after augmentation the paint lies where the truth says."""
    monkeypatch.setattr(batches, "degrade", lambda rng, image: image)
    monkeypatch.setattr(batches, "_hide", lambda rng, image: image)
    record = record.copy()
    place = camera_of(record).project(record["landmarks"])[30]
    y, x = np.mgrid[:160, :160]
    distance = (x - place[0]) ** 2 + (y - place[1]) ** 2
    record["image"] = (255 * np.exp(-distance / 18))[..., None].repeat(3, 2).astype(np.uint8)
    sample = make_sample(record, np.random.default_rng(seed), 128)
    truth = coarse.truth(torch.utils.data.default_collate([sample]))
    expected = (truth.landmarks[0, 30, :2].numpy() + 1) * 64 - 0.5
    bright = sample["image"][..., 0].astype(float) ** 2
    y, x = np.mgrid[:128, :128]
    found = np.array([(bright * x).sum(), (bright * y).sum()]) / bright.sum()
    assert np.abs(found - expected).max() < 0.3


def test_truth_has_the_mean_head_s_size(record, coarse):
    truth = coarse.truth(torch.utils.data.default_collate([make_sample(record, np.random.default_rng(0), 128)]))
    assert coarse._extent(truth.neutral).item() == pytest.approx(coarse._extent(coarse.mean[None]).item(), rel=1e-4)


def test_losses_vanish_at_the_truth_and_nowhere_else(record, coarse):
    truth = coarse.truth(torch.utils.data.default_collate([make_sample(record, np.random.default_rng(1), 128)]))
    offset = truth.full - truth.neutral
    exact = Estimate(truth.pose, truth.neutral, offset, truth.points)
    wrong = Estimate(truth.pose, truth.neutral + 0.05, offset, truth.points + 0.05)
    sure = torch.full((1,), 20.0)
    parts = losses(Output([exact] * 3, sure, torch.full((1,), -7.0)), truth, coarse)
    for name in ("map", "identity", "expression", "closeness", "face"):
        assert parts[name].item() < 1e-3, name
    assert parts["landmarks"].item() < 0.02  # a landmark lies between texels
    worse = losses(Output([wrong] * 3, -sure, torch.full((1,), -7.0)), truth, coarse)
    for name in ("map", "landmarks", "identity", "face"):
        assert worse[name] > 10 * parts[name], name


def test_a_picture_without_a_face_only_teaches_that(record, generator, coarse):
    empty = to_record(generator.draw_empty(np.random.default_rng(2)))
    samples = [make_sample(r, np.random.default_rng(1), 128) for r in (record, empty)]
    truth = coarse.truth(torch.utils.data.default_collate(samples))
    guess = Estimate(truth.pose, truth.neutral, truth.full - truth.neutral, truth.points.clone())
    guess.points[1] += 100
    assert losses(Output([guess] * 3, torch.zeros(2), torch.zeros(2)), truth, coarse)["map"].item() < 1e-3


def test_errors_follow_the_benchmark_s_protocol():
    truth = np.random.default_rng(0).uniform(0, 100, (68, 3))
    truth[:4, :2] = (0, 0), (100, 0), (0, 64), (100, 64)
    truth[4:, 1] *= 0.64
    assert error_2d(truth + (3, 4, 50), truth) == pytest.approx(100 * 5 / 80)
    assert error_3d(truth + (3, 4, 50), truth) == pytest.approx(100 * 5 / 80)
    turn = np.array([[0, -1, 0], [1, 0, 0], [0, 0, 1]])
    assert aligned_error(3 * truth @ turn + 7, truth) == pytest.approx(0, abs=1e-6)
    assert aligned_error(truth * (1, 1, -1), truth) > 5  # a mirror image is no turn


@pytest.mark.slow
def test_a_run_goes_on_where_it_stopped_and_leaves_a_bundle(face_model, generator, tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "HELD_OUT_FACES", 8)
    (tmp_path / "faces").mkdir()
    write_shard(generator, tmp_path / "faces", 0, count=8)
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = ["--buffer", tmp_path / "faces", "--run", tmp_path / "run", "--generators", "0", "--batch", "8"]

    def run(minutes: float) -> list[dict]:
        loop.train(parser.parse_args([*map(str, options), "--minutes", str(minutes)]))
        with (tmp_path / "run/log.csv").open() as log:
            return list(csv.DictReader(log))

    first, *_ = run(0.02)
    _, second = run(0.05)
    assert int(second["faces"]) > int(first["faces"])
    assert float(second["minutes"]) > float(first["minutes"])
    assert (tmp_path / "run/sheet.png").exists()
    assert load_bundle(tmp_path / "run/bundle").record["training"]["faces_seen"] >= int(first["faces"])
