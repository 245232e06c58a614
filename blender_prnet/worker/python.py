# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses the Python that the worker runs on. Imports no bpy, but runs in Blender, whose Python is one choice."""

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from . import WorkerError
from .environment.manifest import BROKEN, INTERRUPTED, NONE, OUTDATED, READY, python_of, state_of
from .process import RUN_WORKER

NEEDED = ("onnxruntime", "cv2", "safetensors")  # the modules of the wheels in the extension's zip
VARIABLE = "PRNET_WORKER_PYTHON"  # for development: a Python that has the worker's packages
CHOOSE_PYTHON = "Choose the worker's Python in the extension's preferences."
UNUSED = {  # state of the environment -> why it is not used
    NONE: "",
    OUTDATED: "The GPU environment belongs to another version: install GPU support again.",
    BROKEN: "The GPU environment is damaged, or the Blender that made it is gone: install GPU support again.",
    INTERRUPTED: "The installation of GPU support was interrupted: install it again, or remove what is left of it.",
}
REINSTALL = "Disable and enable the extension in the preferences; if that does not help, install it again."


@dataclass(frozen=True)
class WorkerPython:
    """A Python for the worker.

    origin: where it comes from, in words; packages: a folder of packages in addition to its own; note: why a better one
    is not used, or "".
    """

    path: Path
    origin: str
    packages: Path | None = None
    arguments: tuple[str, ...] = RUN_WORKER
    note: str = ""


def choose_python(chosen: str, environment: Path, requirements: Path) -> WorkerPython:
    """Return the first Python that can be used. Raises WorkerError if there is none.

    The order is: `chosen`, the preference, if it is set; the GPU environment, if it is complete and made from these
    requirements; Blender's own Python with the packages from the zip; that of the variable PRNET_WORKER_PYTHON.
    """
    if chosen:
        return WorkerPython(existing(chosen, "the preferences"), "the preferences")
    state = state_of(environment, requirements)
    if state == READY:
        return WorkerPython(python_of(environment), "the GPU environment")
    if not (missing := [name for name in NEEDED if find_spec(name) is None]):
        return blenders_own(UNUSED[state])
    if VARIABLE in os.environ:
        return WorkerPython(existing(os.environ[VARIABLE], VARIABLE), VARIABLE, note=UNUSED[state])
    raise WorkerError(f"The worker's packages are missing: {', '.join(missing)}.", REINSTALL)


def blenders_own(note: str) -> WorkerPython:
    """Return Blender's Python with the packages that Blender unpacked from the extension's wheels."""
    packages = Path(find_spec(NEEDED[0]).origin).parents[1]
    return WorkerPython(existing(sys.executable, "Blender"), "Blender", packages, ("-s", *RUN_WORKER), note)


def existing(python: str, origin: str) -> Path:
    """Return the path of the interpreter. Raises WorkerError if there is no such file."""
    if not os.path.isfile(python):
        raise WorkerError(f"The worker's Python {python}, from {origin}, does not exist.", CHOOSE_PYTHON)
    return Path(python)
