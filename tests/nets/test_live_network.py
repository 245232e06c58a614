# SPDX-License-Identifier: GPL-3.0-or-later
"""The live network: what it costs, that every engine answers alike, and that it sees what the default network sees."""

import numpy as np
import pytest
import torch
from skimage.data import astronaut
from torch import nn

from nets.geometry.crop import Crop
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.model.networks.loading import load_network

BOX = np.array([180, 80, 265, 175], np.float32)


def on_the_portrait(model, engine="onnx"):
    """The landmarks (68, 3) of the portrait in its pixels, and the prediction."""
    bundle = load_bundle(model)
    crop = Crop.around(BOX, bundle.input_size)
    prediction = load_engine(bundle, engine, "cpu").predict(crop.extract(astronaut())[None])
    return crop.to_image(bundle.layout.landmarks_of(prediction.position_maps)[0]), prediction


def multiply_adds(model: str) -> int:
    """Of the convolutions and linear layers, for one crop."""
    bundle, counts = load_bundle(model), []
    network = load_network(bundle)
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda layer, _, y: counts.append(layer.weight.numel() * y[:, 0].numel()))
        elif isinstance(layer, nn.Linear):
            layer.register_forward_hook(lambda layer, x, _: counts.append(layer.weight.numel() * x[0][..., 0].numel()))
    with torch.inference_mode():
        network(torch.zeros(1, 3, bundle.input_size, bundle.input_size))
    return sum(counts)


def test_it_has_a_fifth_of_the_default_network_s_arithmetic():
    assert multiply_adds("live") < 72e6 < multiply_adds("compact") / 5


@pytest.mark.parametrize(("engine", "apart"), [("torch", 0.02), ("onnx-int8", 1.0)])
def test_engines_answer_alike(engine, apart):
    """In pixels of a face of 90."""
    exact, _ = on_the_portrait("live")
    assert np.abs(on_the_portrait("live", engine)[0] - exact).max() < apart


def test_it_sees_what_the_default_network_sees():
    """The same face within 4 % of its size, as sure, smiling with its mouth open."""
    (found, seen), (expected, better) = on_the_portrait("live"), on_the_portrait("compact")
    size = np.sqrt(np.ptp(expected[:, :2], axis=0).prod())
    assert np.linalg.norm((found - expected)[:, :2], axis=1).mean() < 0.04 * size
    assert seen.confidence[0] > 0.8
    assert np.abs(seen.expression - better.expression).mean() < 0.08
