# SPDX-License-Identifier: GPL-3.0-or-later
"""PyTorch, on the CPU or on a GPU."""

import numpy as np
import torch

from nets.bundle import Bundle
from nets.engines import Prediction
from nets.errors import EngineError
from nets.networks.loading import load_network
from nets.networks.position_map import PositionMapNetwork


class TorchEngine:
    """On the CPU one thread: the networks are small, and spinning threads starve on a busy machine."""

    name = "torch"

    def __init__(self, bundle: Bundle, device: str = "auto"):
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if device == "cuda" and not torch.cuda.is_available():
            raise EngineError("there is no CUDA device that PyTorch can use", remedy="Choose the device cpu or auto")
        self.device = device
        if device == "cpu":
            torch.set_num_threads(1)
        network = PositionMapNetwork(load_network(bundle), bundle.layout)
        self._network = network.eval().to(device, memory_format=torch.channels_last)
        self.predict(np.zeros((2, bundle.input_size, bundle.input_size, 3), np.uint8))  # first passes are slow

    @torch.inference_mode()
    def predict(self, crops: np.ndarray) -> Prediction:
        pixels = torch.from_numpy(np.ascontiguousarray(crops)).to(self.device).permute(0, 3, 1, 2)
        maps, confidence = self._network(pixels.to(memory_format=torch.channels_last).float() / 255)
        return Prediction(maps.float().cpu().numpy(), confidence.float().cpu().numpy())
