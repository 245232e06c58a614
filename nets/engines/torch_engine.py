# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch, on the CPU or on a GPU."""

import numpy as np
import torch
from torch import Tensor

from nets.bundle import Bundle
from nets.engines import Prediction
from nets.errors import EngineError
from nets.networks.loading import load_position_map_network


class TorchEngine:
    """On a GPU half precision but for positions. On the CPU one thread: threads that spin starve on a busy machine."""

    name = "torch"

    def __init__(self, bundle: Bundle, device: str = "auto"):
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError("there is no CUDA device that PyTorch can use", remedy="Choose the device cpu or auto")
        self.device = device
        self._on_gpu = device == "cuda"
        if not self._on_gpu:
            torch.set_num_threads(1)
        self._network = load_position_map_network(bundle).to(device, memory_format=torch.channels_last)
        self.predict(np.zeros((2, bundle.input_size, bundle.input_size, 3), np.uint8))  # first passes are slow

    @torch.inference_mode()
    def predict(self, crops: np.ndarray) -> Prediction:
        pixels = self._sent(torch.from_numpy(np.ascontiguousarray(crops))).permute(0, 3, 1, 2)
        with torch.autocast(self.device, torch.float16, enabled=self._on_gpu):
            sight = self._network(pixels.float() / 255)
        return Prediction(*map(self._received, sight))

    def _sent(self, array: Tensor) -> Tensor:
        return array.pin_memory().to(self.device, non_blocking=True) if self._on_gpu else array

    def _received(self, result: Tensor) -> np.ndarray:
        if not self._on_gpu:
            return result.numpy()
        host = torch.empty(
            result.shape, dtype=torch.float32, pin_memory=True
        )  # the GPU writes there several times faster
        return host.copy_(result).numpy()
