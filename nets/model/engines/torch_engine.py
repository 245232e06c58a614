# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine on PyTorch, on the CPU or on a GPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields

import numpy as np
import torch
from torch import Tensor

from nets.errors import EngineError
from nets.model.bundle import Bundle
from nets.model.engines import Prediction
from nets.model.engines.passes import FAST_PASSES, PASSES
from nets.model.networks.loading import load_position_map_network
from nets.model.networks.position_map import CorrectedMapNetwork


class TorchEngine:
    """Runs a bundle's network.

    On a GPU it computes in half precision, except for positions. On the CPU it uses one thread, because spinning
    threads starve on a busy machine.
    """

    name = "torch"

    def __init__(self, bundle: Bundle, device: str = "auto", iterations: int | None = None):
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError("there is no CUDA device that PyTorch can use", remedy="Choose the device cpu or auto")
        self.device = device
        self._on_gpu = device == "cuda"
        if not self._on_gpu:
            torch.set_num_threads(1)
        self._iterations = iterations or PASSES
        network = load_position_map_network(bundle)
        with gpu_failures():
            self._network = network.to(device, memory_format=torch.channels_last)
        self.predict(np.zeros((2, bundle.input_size, bundle.input_size, 3), np.uint8))  # first passes are slow

    def predict(self, crops: np.ndarray, start: np.ndarray | None = None) -> Prediction:
        """Do as Engine.predict."""
        return self._in_parts(crops, start, self._iterations if start is None else 1)

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """Do as Engine.predict_fast."""
        return self._in_parts(crops, None, min(FAST_PASSES, self._iterations))

    def _in_parts(self, crops: np.ndarray, start: np.ndarray | None, passes: int) -> Prediction:
        """Predict in two halves if the GPU's memory is too small for all crops."""
        try:
            with gpu_failures(if_many=len(crops) > 1):
                return self._predict(crops, start, passes)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
        half = len(crops) // 2
        starts = (None, None) if start is None else (start[:half], start[half:])
        return joined(
            *(self._in_parts(*part, passes) for part in zip((crops[:half], crops[half:]), starts, strict=True))
        )

    @torch.inference_mode()
    def _predict(self, crops: np.ndarray, start: np.ndarray | None, passes: int) -> Prediction:
        pixels = self._sent(torch.from_numpy(np.ascontiguousarray(crops))).permute(0, 3, 1, 2)
        with torch.autocast(self.device, torch.float16, enabled=self._on_gpu):
            pixels = pixels.float() / 255
            if not isinstance(self._network, CorrectedMapNetwork):
                return Prediction(*map(self._received, self._network(pixels)))
            network = self._network.network
            code = network.start(len(crops)) if start is None else self._sent(torch.from_numpy(start))
            for _ in range(passes - 1):
                code = network(pixels, code).code
            return Prediction(*map(self._received, self._network(pixels, code)))

    def _sent(self, array: Tensor) -> Tensor:
        return array.pin_memory().to(self.device, non_blocking=True) if self._on_gpu else array

    def _received(self, result: Tensor) -> np.ndarray:
        if not self._on_gpu:
            return result.numpy()
        # The GPU writes to pinned memory several times faster.
        host = torch.empty(result.shape, dtype=torch.float32, pin_memory=True)
        return host.copy_(result).numpy()


@contextmanager
def gpu_failures(if_many: bool = False) -> Iterator[None]:
    """Raise CUDA's errors as EngineError, except for a lack of memory if there are many crops: fewer may fit."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        if if_many:
            raise
        raise EngineError("the GPU's memory is full", remedy="Close other programs that use it") from error
    except torch.AcceleratorError as error:
        raise EngineError(f"the GPU failed ({str(error).splitlines()[0]})", remedy="Update its driver") from error


def joined(first: Prediction, second: Prediction) -> Prediction:
    """Return the predictions for two batches as one."""
    parts = ((getattr(first, field.name), getattr(second, field.name)) for field in fields(Prediction))
    return Prediction(*map(np.concatenate, parts))
