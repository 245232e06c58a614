# SPDX-License-Identifier: GPL-3.0-or-later
"""ResFCN256 is PRN's network by its published figures, learns whole maps, and runs as a bundle on both engines."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from nets.commands import run_command
from nets.lab.synth.buffer import to_record
from nets.lab.training.batches import make_sample
from nets.lab.training.evaluation import to_input
from nets.lab.training.map_losses import MapLosses
from nets.lab.training.tasks import ANCHORS
from nets.model.bundle import load_bundle, write_record
from nets.model.engines import load_engine
from nets.model.networks.loading import save_network
from nets.model.networks.resfcn256 import INPUT_SIZE, MapOutput, ResFCN256, ResidualBlock, _transposed


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return ResFCN256(ANCHORS).eval()


def test_published_figures(network):
    multiply_adds = []

    def count(layer, inputs, output):
        places = inputs[0] if isinstance(layer, nn.ConvTranspose2d) else output
        multiply_adds.append(layer.weight.numel() * places.shape[2] * places.shape[3])

    layers = [module for module in network.modules() if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.inference_mode():
        crops = torch.rand(1, 3, INPUT_SIZE, INPUT_SIZE)
        assert network.encoder(crops).shape == (1, 512, 8, 8)
        multiply_adds.clear()
        output = network(crops)
    for handle in handles:
        handle.remove()
    assert output.maps.shape == (1, 3, 256, 256) and output.face_logit.shape == output.log_error.shape == (1,)
    published = [*network.encoder.parameters(), *network.decoder.parameters()]  # the judge is an addition
    assert sum(parameter.numel() for parameter in published) == pytest.approx(13.4e6, rel=0.01)
    assert sum(multiply_adds) == pytest.approx(4.13e9, rel=0.01)
    assert sum(isinstance(module, ResidualBlock) for module in network.modules()) == 10
    assert sum(isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) for layer in network.decoder) == 17


def test_stride_one_convolutions_equal_transposed_ones():
    pad, convolution = _transposed(5, 7)[:2]
    x = torch.randn(2, 5, 8, 8)
    whole = nn.functional.conv_transpose2d(x, convolution.weight.transpose(0, 1).flip(2, 3))
    assert torch.allclose(convolution(pad(x)), whole[..., 1:9, 1:9], atol=1e-5)


@pytest.fixture(scope="module")
def losses(layout, coarse):
    return MapLosses(layout, coarse, coarse.anchors(ANCHORS))


@pytest.fixture(scope="module")
def batch(fine_generator):
    rng = np.random.default_rng(3)
    samples = [make_sample(to_record(fine_generator.draw(rng)), rng, INPUT_SIZE) for _ in range(2)]
    return torch.utils.data.default_collate(samples)


def test_map_loss_vanishes_at_the_truth(losses, batch, coarse):
    truth = coarse.truth(batch)
    maps = losses.drawing(truth.full - losses.mean, truth.pose)
    row, column = losses.landmarks.T
    assert (maps[:, :, row, column].transpose(1, 2) - truth.landmarks).norm(dim=2).mean() < 0.03  # of half a crop
    visible, unsure = truth.visible[:, losses.anchors], torch.full((2, ANCHORS), -7.0)
    output = MapOutput(
        maps, torch.tensor([9.0, 9]), torch.tensor([-7.0, -7]), 40 * visible - 20, unsure, truth.expression, truth.gaze
    )
    parts = losses(output, truth)
    assert all(parts[name] < 2e-4 for name in ("map", "visible", "weights", "gaze", "face"))
    moved = losses(replace(output, maps=maps + 0.1), truth)
    assert moved["map"].item() == pytest.approx(0.1 * 3**0.5, rel=1e-3)
    assert moved["spread"] > parts["spread"] and moved["error"] > parts["error"]


def test_it_learns(losses, batch, coarse):
    truth = coarse.truth(batch)
    torch.manual_seed(0)
    network = ResFCN256(ANCHORS).train()
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    course = []
    for _ in range(4):
        loss = losses(network(to_input(batch["image"])), truth)["map"]
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        course.append(loss.item())
    assert course[-1] < 0.8 * course[0]


def test_its_bundle_runs_on_both_engines(network, tmp_path):
    save_network(network, tmp_path / "model.safetensors")
    load_bundle().layout.save(tmp_path / "layout.npz")
    write_record(tmp_path, "resfcn256", INPUT_SIZE, {}, {})
    assert run_command(["export", "--model", str(tmp_path)]) == 0
    crops = np.random.default_rng(0).integers(0, 255, (2, INPUT_SIZE, INPUT_SIZE, 3), np.uint8)
    by_torch, by_onnx = (load_engine(load_bundle(tmp_path), name, "cpu").predict(crops) for name in ("torch", "onnx"))
    assert by_torch.position_maps.shape == (2, 256, 256, 3)
    assert np.abs(by_torch.position_maps - by_onnx.position_maps).max() < 0.05
    assert np.abs(by_torch.confidence - by_onnx.confidence).max() < 1e-3
