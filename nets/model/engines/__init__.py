# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines run a bundle's network. Each is imported only when it is asked for."""

import ctypes
import sys
from collections.abc import Callable, Container
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from nets.errors import EngineError
from nets.model.bundle import Bundle

Tell = Callable[[str], None]


def to_stderr(message: str) -> None:
    print(f"warning: {message}", file=sys.stderr)


@dataclass(frozen=True)
class Prediction:
    """position_maps (B, 256, 256, 3) f4 in crop pixels: pixel centres at integers, y down, z towards the viewer and
    zero at the head's origin; confidence (B,) f4 in [0, 1] that this is a face, well seen.

    At the layout's anchors: seen (B, P) f4, the probability of being in plain view, neither turned away nor behind
    hair, hands or glasses; uncertainty (B, P) f4, the expected error in crop pixels. expression (B, 53) f4 in [0, 1]
    by the names of nets/interface/expressions.py; gaze (B, 2, 2) f4: yaw and pitch of the right and the left eye
    against the head, radians, positive towards the subject's left and up. What a network does not say has P or 53 or 2
    zero.
    """

    position_maps: np.ndarray
    confidence: np.ndarray
    seen: np.ndarray
    uncertainty: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray


class Engine(Protocol):
    name: str
    device: str

    def predict(self, crops: np.ndarray) -> Prediction:
        """crops (B, S, S, 3) u1 RGB, S the bundle's input size."""

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """As predict, quicker where the engine can, and then less exactly: enough to see whether a face is there."""


class FallbackEngine:
    """An engine until it fails, from then on the one that `spare` loads; `tell` is told why, once."""

    def __init__(self, first: Callable[[], Engine], spare: Callable[[], Engine], tell: Tell):
        self._spare, self._tell, self._failed = spare, tell, False
        try:
            self._engine = first()
        except EngineError as error:
            self._fall_back(error)

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    def predict(self, crops: np.ndarray) -> Prediction:
        """As Engine.predict. Raises EngineError if the spare one fails too."""
        if self._failed:
            return self._engine.predict(crops)
        try:
            return self._engine.predict(crops)
        except EngineError as error:
            self._fall_back(error)
            return self._engine.predict(crops)

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        return self._engine.predict_fast(crops) if self._failed else self.predict(crops)

    def _fall_back(self, error: EngineError) -> None:
        self._failed, self._engine = True, self._spare()
        self._tell(f"{error}. The CPU goes on from here")


def _torch(bundle: Bundle, device: str) -> Engine:
    try:
        from nets.model.engines.torch_engine import TorchEngine
    except ImportError as error:
        raise EngineError(f"PyTorch cannot be imported ({error})", remedy="Install it: pip install torch") from error
    return TorchEngine(bundle, device)


def no_onnx_runtime(error: ImportError) -> EngineError:
    """Return the error to raise if ONNX Runtime is missing or cannot be loaded, with what helps on this system."""
    if isinstance(error, ModuleNotFoundError) and error.name == "onnxruntime":
        remedy = "Install it: pip install onnxruntime. In Blender, install the extension's zip for this system again"
    elif sys.platform == "win32":
        remedy = "Install the current Microsoft Visual C++ Redistributable (x64), and restart Blender"
    elif sys.platform == "darwin":
        remedy = "It needs a Mac with Apple silicon and macOS 14 or later"
    else:
        remedy = "It needs a 64-bit Linux with glibc 2.28 or later"
    return EngineError(f"ONNX Runtime cannot be imported ({error})", remedy=remedy)


def _onnx(bundle: Bundle, device: str, precision: str = "fp32") -> Engine:
    try:
        from nets.model.engines.onnx_engine import OnnxEngine
    except ImportError as error:
        raise no_onnx_runtime(error) from error
    return OnnxEngine(bundle, device, precision)


ENGINES = {"torch": _torch, "onnx": _onnx, "onnx-int8": partial(_onnx, precision="int8")}


def choose_engine(device: str = "auto", graphs: Container[str] = ("fp32",)) -> str:
    """The quickest engine here: PyTorch where it has a GPU, else ONNX Runtime where it and a graph are there."""
    if device == "cuda" or (device == "auto" and gpu_name()):
        return "torch"
    return "onnx" if "fp32" in graphs and find_spec("onnxruntime") else "torch"


@cache
def gpu_name() -> str | None:
    """The GPU that PyTorch would use. PyTorch takes seconds to import: it is asked only where there is a driver."""
    return find_gpu()[0]


def why_no_gpu() -> str:
    """Why there is none, in words; "" if there is one."""
    return find_gpu()[1]


@cache
def find_gpu() -> tuple[str | None, str]:
    """(name, why there is none)."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return None, "This computer has no NVIDIA driver, so no GPU that PyTorch can use"
    try:
        import torch
    except (OSError, ImportError) as error:
        return None, f"PyTorch is not there or cannot start ({error}): install GPU support"
    if torch.version.cuda is None:
        return None, f"PyTorch {torch.__version__} is one without CUDA: install GPU support, or another PyTorch"
    if not torch.cuda.is_available():
        return None, f"PyTorch {torch.__version__} finds no GPU: update NVIDIA's driver"
    return torch.cuda.get_device_name(), ""


def load_engine(bundle: Bundle, engine: str = "auto", device: str = "auto", tell: Tell = to_stderr) -> Engine:
    """The engine of that name on that device. Where neither is asked for, a GPU that fails is replaced by the CPU, and
    `tell` is told why. Raises EngineError if the engine or the device is not there, BundleError if the weights do not
    fit."""
    name = choose_engine(device, bundle.graphs) if engine == "auto" else engine
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}", remedy=f"Choose one of: {', '.join(ENGINES)}")
    if (engine, device) == ("auto", "auto") and gpu_name():
        return FallbackEngine(lambda: ENGINES[name](bundle, "cuda"), lambda: load_engine(bundle, device="cpu"), tell)
    return ENGINES[name](bundle, device)
