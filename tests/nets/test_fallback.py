# SPDX-License-Identifier: GPL-3.0-or-later
"""A GPU that has no memory left takes smaller batches, and in the end the CPU takes over and says so."""

from functools import partial

import numpy as np
import pytest
import torch

from nets.errors import EngineError
from nets.model.bundle import load_bundle
from nets.model.engines import FallbackEngine, load_engine
from nets.model.engines.shared import SharedEngine
from nets.model.engines.torch_engine import TorchEngine

ROOM = 2  # crops that the memory holds


@pytest.fixture(scope="module")
def crops():
    size = load_bundle().input_size
    return np.random.default_rng(0).integers(0, 255, (5, size, size, 3), np.uint8)


@pytest.fixture
def cramped():
    """cramped(room): PyTorch with its real network and memory for so many crops."""

    def make(room):
        engine = TorchEngine(load_bundle(), "cpu")
        network = engine._network

        def run(pixels):
            if len(pixels) > room:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            return network(pixels)

        engine._network = run
        return engine

    return make


def test_smaller_batches_see_the_same(cramped, crops):
    whole, parts = cramped(len(crops)).predict(crops), cramped(ROOM).predict(crops)
    assert parts.position_maps.shape == whole.position_maps.shape
    assert np.abs(parts.position_maps - whole.position_maps).max() < 1e-3
    assert np.abs(parts.expression - whole.expression).max() < 1e-4


def test_the_cpu_takes_over_once_and_says_why(cramped, crops):
    calls = []
    spare = partial(load_engine, load_bundle(), "onnx", "cpu")
    engine = FallbackEngine(lambda: cramped(0), spare, lambda *arguments: calls.append(arguments))
    shared = SharedEngine(engine)
    assert shared.name == "torch"
    for _ in range(2):
        assert engine.predict(crops[:1]).position_maps.shape == (1, 256, 256, 3)
    assert (engine.name, engine.device) == ("onnx", "cpu")
    [(reason, spare)] = calls
    assert "memory is full" in reason and "CPU goes on" in reason and spare.name == "onnx"
    assert (shared.name, shared.device) == ("onnx", "cpu")


def test_a_gpu_that_does_not_start(crops):
    def broken():
        raise EngineError("the GPU failed (CUDA error: no kernel image is available)")

    calls = []
    spare = partial(load_engine, load_bundle(), "torch", "cpu")
    engine = FallbackEngine(broken, spare, lambda *arguments: calls.append(arguments))
    [(reason, running)] = calls
    assert engine.device == "cpu" and "no kernel image" in reason and running.name == "torch"
