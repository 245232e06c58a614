# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Python the worker runs on. Knows no bpy; runs inside Blender, whose own Python is one of the choices."""

import os
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from . import WorkerError
from .environment.stamp import BROKEN, INTERRUPTED, NONE, OUTDATED, READY, python_of, state_of
from .process import RUN_WORKER

NEEDED = ("onnxruntime", "cv2", "safetensors")  # what the wheels in the extension's zip bring
VARIABLE = "PRNET_WORKER_PYTHON"  # for development: a Python that has the worker's packages
CHOOSE_PYTHON = "Choose the worker's Python in the extension's preferences."
UNUSED = {  # why the environment that is there is not used
    NONE: "",
    OUTDATED: "The GPU environment is another version's: install GPU support again.",
    BROKEN: "The GPU environment is damaged, or the Blender that made it is gone: install GPU support again.",
    INTERRUPTED: "The installation of GPU support was interrupted: install it again, or remove what is left of it.",
}
REINSTALL = "Disable and enable the extension in the preferences; if that does not help, install it again."


@dataclass(frozen=True)
class WorkerPython:
    """A Python for the worker. origin: where it comes from, in words; packages: a folder of packages beside its own;
    note: why it is not a better one."""

    path: Path
    origin: str
    packages: Path | None = None
    arguments: tuple[str, ...] = RUN_WORKER
    note: str = ""


def choose_python(chosen: str, environment: Path, requirements: Path) -> WorkerPython:
    """`chosen`, the preference, if set; else the managed environment, if it is whole and made from these requirements;
    else Blender's own Python, with the packages that came in the zip; else that of the variable PRNET_WORKER_PYTHON.
    Raises WorkerError if there is none.
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
    raise WorkerError(f"The worker's packages are not there: {', '.join(missing)}.", REINSTALL)


def blenders_own(note: str) -> WorkerPython:
    """Blender's Python with the packages that Blender unpacked from the extension's wheels, and nobody else's."""
    packages = Path(find_spec(NEEDED[0]).origin).parents[1]
    return WorkerPython(existing(sys.executable, "Blender"), "Blender", packages, ("-s", *RUN_WORKER), note)


def existing(python: str, origin: str) -> Path:
    if not os.path.isfile(python):
        raise WorkerError(f"The worker's Python {python}, from {origin}, does not exist.", CHOOSE_PYTHON)
    return Path(python)
