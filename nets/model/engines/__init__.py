# SPDX-License-Identifier: GPL-3.0-or-later
"""Engines run a bundle's network. Each is imported only when it is asked for.

To add an engine, write a class as Engine describes it and list a function that makes one in ENGINES.
"""

import ctypes
import sys
from collections.abc import Callable, Container
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from typing import Protocol

import numpy as np

from nets.errors import EngineError, UsageError
from nets.model.bundle import Bundle
from nets.model.networks import architecture_of


@dataclass(frozen=True)
class Prediction:
    """What a network predicts for B crops. An array that a network does not predict has a size of zero after B.

    The order of the fields is that of the outputs of ONNX graphs (nets.model.networks.position_map.NetworkOutput).

    position_maps: (B, 256, 256, 3) float32, crop pixels: pixel centres at integers, y down, z towards the viewer and
        zero at the head's origin
    confidence: (B,) float32 in [0, 1], that this is a face and the position map fits it
    seen: (B, P) float32 at the layout's anchors, the probability of being in plain view: neither turned away nor behind
        hair, hands or glasses
    uncertainty: (B, P) float32 at the layout's anchors, the expected error in crop pixels
    expression: (B, 53) float32 in [0, 1], by the names of nets/interface/expressions.py
    gaze: (B, 2, 2) float32, yaw and pitch of the right and the left eye relative to the head, radians, positive towards
        the subject's left and up
    code: (B, C) float32, the estimates as codes of pose and shape, from which a network that corrects estimates can go
        on (nets.model.networks.iterative); of all other networks it is empty
    """

    position_maps: np.ndarray
    confidence: np.ndarray
    seen: np.ndarray
    uncertainty: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    code: np.ndarray = field(default_factory=lambda: np.zeros((0, 0), np.float32))


class Engine(Protocol):
    """A network that is ready to run. Both names may change while it runs, see FallbackEngine."""

    name: str  # a key of ENGINES
    device: str  # "cpu" or "cuda"

    def predict(self, crops: np.ndarray, start: np.ndarray | None = None) -> Prediction:
        """Run the network on crops (B, S, S, 3) uint8 RGB, S being the bundle's input size.

        start: (B, C) float32, estimates of an earlier frame, as Prediction.code and in these crops: a network that
            corrects estimates runs once from there, instead of several times from the mean face; others ignore it
        """

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """Do as predict, faster and less exactly if the engine can: enough to see whether a face is there.

        Expression and gaze may be left out.
        """


# Called with the reason and the engine that goes on, once, when an engine has failed.
OnFallback = Callable[[str, Engine], None]


def warn_of_fallback(reason: str, _engine: Engine) -> None:
    """Write the reason to stderr."""
    print(f"warning: {reason}", file=sys.stderr)


class FallbackEngine:
    """Runs one engine until it fails, and from then on the one that `spare` loads."""

    def __init__(self, first: Callable[[], Engine], spare: Callable[[], Engine], on_fallback: OnFallback):
        self._spare, self._on_fallback, self._failed = spare, on_fallback, False
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

    def predict(self, crops: np.ndarray, start: np.ndarray | None = None) -> Prediction:
        """Do as Engine.predict. Raises EngineError if the spare engine fails too."""
        if self._failed:
            return self._engine.predict(crops, start)
        try:
            return self._engine.predict(crops, start)
        except EngineError as error:
            self._fall_back(error)
            return self._engine.predict(crops, start)

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """Do as Engine.predict_fast."""
        return self._engine.predict_fast(crops) if self._failed else self.predict(crops)

    def _fall_back(self, error: EngineError) -> None:
        self._failed, self._engine = True, self._spare()
        self._on_fallback(f"{error}. The CPU goes on from here", self._engine)


def _torch(bundle: Bundle, device: str, iterations: int | None) -> Engine:
    try:
        from nets.model.engines.torch_engine import TorchEngine
    except ImportError as error:
        raise EngineError(f"PyTorch cannot be imported ({error})", remedy="Install it: pip install torch") from error
    return TorchEngine(bundle, device, iterations)


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


def _onnx(bundle: Bundle, device: str, iterations: int | None, precision: str = "fp32") -> Engine:
    try:
        from nets.model.engines.onnx_engine import OnnxEngine
    except ImportError as error:
        raise no_onnx_runtime(error) from error
    return OnnxEngine(bundle, device, precision, iterations)


ENGINES = {"torch": _torch, "onnx": _onnx, "onnx-int8": partial(_onnx, precision="int8")}


def choose_engine(device: str = "auto", graphs: Container[str] = ("fp32",)) -> str:
    """Return the name of the fastest engine here: PyTorch with a GPU, else ONNX Runtime if it and a graph are there."""
    if device == "cuda" or (device == "auto" and gpu_name()):
        return "torch"
    return "onnx" if "fp32" in graphs and find_spec("onnxruntime") else "torch"


@cache
def gpu_name() -> str | None:
    """Return the name of the GPU that PyTorch would use, None if there is none."""
    return find_gpu()[0]


def why_no_gpu() -> str:
    """Return why PyTorch has no GPU, as a sentence for users; "" if it has one."""
    return find_gpu()[1]


@cache
def find_gpu() -> tuple[str | None, str]:
    """Return the GPU's name and why there is none, one of them None or empty."""
    # PyTorch takes seconds to import, so it is only asked if there is a driver.
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


def load_engine(
    bundle: Bundle, engine: str = "auto", device: str = "auto", on_fallback: OnFallback = warn_of_fallback,
    iterations: int | None = None,
) -> Engine:  # fmt: skip
    """Load the engine of that name on that device.

    If neither is asked for, a GPU that fails is replaced by the CPU, and on_fallback is called.
    iterations: how often a network that corrects its own estimate looks at a photo, None for its usual number

    Raises EngineError if the engine or the device is not there, BundleError if the weights do not fit, UsageError if
    iterations are given for a network that looks once.
    """
    if iterations is not None and not architecture_of(bundle).corrects_estimates:
        message = f"the model {bundle.name} does not iterate"
        raise UsageError(message, remedy="Choose --model iterative, or leave --iterations out")
    name = choose_engine(device, bundle.graphs) if engine == "auto" else engine
    if name not in ENGINES:
        raise EngineError(f"there is no engine {name!r}", remedy=f"Choose one of: {', '.join(ENGINES)}")
    if (engine, device) == ("auto", "auto") and gpu_name():
        first, spare = (
            (lambda: ENGINES[name](bundle, "cuda", iterations)),
            (lambda: load_engine(bundle, device="cpu", iterations=iterations)),
        )
        return FallbackEngine(first, spare, on_fallback)
    return ENGINES[name](bundle, device, iterations)
