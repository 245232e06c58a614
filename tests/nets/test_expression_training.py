# SPDX-License-Identifier: GPL-3.0-or-later
"""The reading of expressions from close views: each side by what is seen there, and a run that leaves a bundle."""

import argparse

import numpy as np
import pytest
import torch

from nets.interface.expressions import EXPRESSIONS
from nets.lab.commands import train_expressions
from nets.lab.synth.buffer import write_shard
from nets.lab.synth.expressions import draw_expression
from nets.lab.training import acting
from nets.lab.training.blend import ANSWER, in_mirror
from nets.lab.training.targets import mirrored_expressions
from nets.model.bundle import load_bundle
from nets.model.networks.loading import load_network


@pytest.fixture(scope="module")
def network():
    return load_network(load_bundle())


def test_a_mirrored_picture_gives_the_mirrored_answer(network):
    """Left views go through the layers of the right ones."""
    torch.manual_seed(0)
    views = torch.randn(3, 4, 3, 48, 48)
    rotation = torch.linalg.qr(torch.randn(3, 3, 3))[0]
    flip = torch.tensor([-1.0, 1.0, 1.0])
    with torch.inference_mode():
        weights, gaze = network.acting.read(views, rotation)
        # The views of a mirrored picture: the left one is cut out where the right one was, and mirrored already.
        swapped = views[:, [1, 0, 3, 2]]
        in_mirror_weights, in_mirror_gaze = network.acting.read(swapped, flip[:, None] * rotation * flip)
    torch.testing.assert_close(in_mirror_weights, weights[:, mirrored_expressions(EXPRESSIONS)])
    torch.testing.assert_close(in_mirror_gaze, gaze.flip(1) * torch.tensor([-1.0, 1.0]))


def test_the_mirror_of_the_mirror_is_the_answer():
    answers = np.random.default_rng(0).standard_normal((5, ANSWER))
    np.testing.assert_array_equal(in_mirror(in_mirror(answers)), answers)
    assert (in_mirror(answers) != answers).any(0).sum() > 40


def test_the_generator_acts_with_one_side():
    """Sides differ clearly in a tenth of the faces and more; one eye is shut while the other is open."""
    rng = np.random.default_rng(0)
    drawn = np.array([draw_expression(rng, EXPRESSIONS)[0] for _ in range(2000)])
    assert drawn.min() >= 0
    right, left = (drawn[:, EXPRESSIONS.index(f"eyeBlink_{side}")] for side in "RL")
    winks = (np.maximum(right, left) > 0.8) & (np.minimum(right, left) < 0.3)
    assert 0.05 < winks.mean() < 0.2 and abs((right > left)[winks].mean() - 0.5) < 0.12
    for part in ("browOuterUp", "mouthSmile", "noseSneer"):
        right, left = (drawn[:, EXPRESSIONS.index(f"{part}_{side}")] for side in "RL")
        assert (np.abs(right - left)[np.maximum(right, left) > 0.3] > 0.2).mean() > 0.1


@pytest.mark.slow
def test_a_run_leaves_a_bundle(generator, face_model_file, tmp_path, monkeypatch):
    monkeypatch.setattr(acting, "HELD_OUT_FACES", 8)
    monkeypatch.setattr(acting, "FaceGenerator", lambda _: generator)  # made once
    (tmp_path / "faces").mkdir()
    write_shard(generator, tmp_path / "faces", 0, count=8)
    parser = argparse.ArgumentParser()
    train_expressions.add_arguments(parser)
    options = ["--buffer", tmp_path / "faces", "--run", tmp_path / "run", "--minutes", "0.03", "--batch", "4"]
    options += ["--samples", "16", "--face-model", face_model_file]
    assert train_expressions.run(parser.parse_args([*map(str, options)])) == 0
    before, after = (load_bundle(folder) for folder in ("compact", tmp_path / "run/bundle"))
    told = [bundle.record["training"]["acting_faces_seen"] for bundle in (before, after)]
    assert told[1] > told[0]
    moved = [load_network(bundle).blend.weight for bundle in (before, after)]
    assert torch.isfinite(moved[1]).all() and not torch.equal(*moved)
