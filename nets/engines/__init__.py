# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines run a bundle's network. Each is imported only when it is asked for."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nets.bundle import Bundle
from nets.errors import EngineError


@dataclass(frozen=True)
class Prediction:
    """position_maps (B, 256, 256, 3) f4 in crop pixels: pixel centres at integers, y down, z towards the viewer and
    zero at the head's origin; confidence (B,) f4 in [0, 1] that this is a face, well seen."""

    position_maps: np.ndarray
    confidence: np.ndarray


class Engine(Protocol):
    name: str
    device: str

    def predict(self, crops: np.ndarray) -> Prediction:
        """crops (B, S, S, 3) u1 RGB, S the bundle's input size."""


def _torch(bundle: Bundle, device: str) -> Engine:
    try:
        from nets.engines.torch_engine import TorchEngine
    except ImportError as error:
        raise EngineError(f"PyTorch cannot be imported ({error})", remedy="Install it: pip install torch") from error
    return TorchEngine(bundle, device)


ENGINES = {"torch": _torch}


def load_engine(bundle: Bundle, engine: str = "auto", device: str = "auto") -> Engine:
    """Raises EngineError if the engine or the device is not there, BundleError if the weights do not fit."""
    name = "torch" if engine == "auto" else engine
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}", remedy=f"Choose one of: {', '.join(ENGINES)}")
    return ENGINES[name](bundle, device)
