# SPDX-License-Identifier: GPL-3.0-or-later
"""Building and removing the environment."""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import InstallError
from .complaints import failure
from .lock import locked
from .stamp import Stamp, fingerprint, partial_of, python_of
from .steps import Steps

SPACE = 12e9  # bytes: the download and what is unpacked from it lie there together for a while
RENAME_SECONDS = 10  # an antivirus program may hold new files for some seconds
# Windows' wheels of PyTorch know no GPU, but for those of PyTorch's own index.
INDEX = ("--extra-index-url", "https://download.pytorch.org/whl/cu130") if os.name == "nt" else ()
PIP = (
    "--no-cache-dir",
    "--no-compile",
    "--no-input",
    "--disable-pip-version-check",
    "--retries",
    "2",
    "--timeout",
    "20",
)
RAW_PROGRESS = "pip>=24.1"  # those that tell their progress in plain numbers
CHECK = """
import importlib, json, platform, sys
modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
torch = modules.get("torch")
gpu = torch.cuda.get_device_name() if torch and torch.cuda.is_available() else ""
print(json.dumps({"python": platform.python_version(), "torch": getattr(torch, "__version__", ""), "gpu": gpu}))
"""

Report = Callable[[str, float, float], None]


@dataclass(frozen=True)
class Order:
    """What to build. environment: the folder; requirements: the file of packages; wheels: folders to take them from
    instead of from the internet; space: free bytes wanted; modules: what must be importable in the end."""

    environment: Path
    requirements: Path
    wheels: tuple[Path, ...] = ()
    space: float = SPACE
    modules: tuple[str, ...] = ("numpy", "cv2", "onnxruntime", "safetensors", "torch")


def build(order: Order, steps: Steps, report: Report) -> Stamp:
    """Make the environment, in the place of an older one. report(what is being done, done, total), total 0 where it
    is not known. Raises InstallError, or Cancelled; what was there before is still there then, and nothing else."""
    partial = partial_of(order.environment)
    try:
        order.environment.parent.mkdir(parents=True, exist_ok=True)
        with locked(order.environment):
            shutil.rmtree(set_aside(partial), ignore_errors=True)
            check_space(order)
            try:
                stamp = make(order, partial, steps, report)
                old = set_aside(order.environment)
                rename(partial, order.environment)
            except BaseException:
                report("Removing what was installed", 0, 0)
                shutil.rmtree(partial, ignore_errors=True)
                raise
            shutil.rmtree(old, ignore_errors=True)
            return stamp
    except OSError as error:
        raise failure(repr(error), f"Writing to {order.environment.parent}") from error


def remove(environment: Path) -> None:
    """Remove the environment and what is left of an unfinished one. Raises InstallError."""
    try:
        with locked(environment):
            for folder in (partial_of(environment), environment):
                aside = set_aside(folder)
                if aside.is_dir():
                    shutil.rmtree(aside)
    except OSError as error:
        raise failure(repr(error), f"Removing {environment}") from error


def check_space(order: Order) -> None:
    free = shutil.disk_usage(order.environment.parent).free
    if free < order.space:
        raise InstallError(
            f"GPU support needs {order.space / 1e9:.0f} GB of free space at {order.environment.parent}; "
            f"there are {free / 1e9:.1f} GB.",
            "Free some space, and install again.",
        )


def make(order: Order, partial: Path, steps: Steps, report: Report) -> Stamp:
    """The environment under its temporary name, stamped."""
    unpacked = partial / "tmp"
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    surroundings |= {name: str(unpacked) for name in ("TMPDIR", "TEMP", "TMP")}
    surroundings |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    python = str(python_of(partial))
    install = [python, "-m", "pip", "install", *PIP]
    sources = [argument for folder in order.wheels for argument in ("--find-links", str(folder))]
    sources = ["--no-index", *sources] if order.wheels else list(INDEX)

    def step(doing, command):
        report(doing, 0, 0)
        hear = Listener(doing, report)
        code, output = steps.run(command, surroundings, hear)
        if code:
            raise failure(output, doing)
        return output

    unpacked.mkdir(parents=True)
    step("Making the environment", [sys.executable, "-m", "venv", str(partial)])
    if not order.wheels:
        step("Looking for packages", [*install, "--upgrade", RAW_PROGRESS])
        install += ["--progress-bar", "raw"]
    step("Installing PyTorch", [*install, "--requirement", str(order.requirements), *sources])
    told = step("Trying it out", [python, "-I", "-c", CHECK, *order.modules])
    shutil.rmtree(unpacked)
    stamp = Stamp(fingerprint(order.requirements), sys.executable, **json.loads(told.splitlines()[-1]))
    stamp.write(partial)
    return stamp


class Listener:
    """Hears pip's lines: what it collects, and the bytes that it has downloaded of it."""

    def __init__(self, doing: str, report: Report):
        self.doing, self.report = doing, report

    def __call__(self, line: str) -> bool:
        """True for lines that need not be in the log."""
        if found := re.fullmatch(r"Progress (\d+) of (\d+)", line):
            done, total = map(int, found.groups())
            self.report(f"{self.doing}, {done / 1e6:.0f} of {total / 1e6:.0f} MB", done, total)
            return True
        if found := re.match(r"\s*Downloading (\S+)", line):
            self.doing = f"Downloading {found[1].rpartition('/')[2].split('-cp')[0].removesuffix('.whl')}"
        elif line.startswith("Installing collected packages"):
            self.doing = "Unpacking"
            self.report(self.doing, 0, 0)
        return False


def set_aside(folder: Path) -> Path:
    """Rename the folder, if there, to be removed: one in use, which Windows does not let go of, stays whole."""
    aside = folder.with_name(f"{folder.name}.removed")
    if folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        rename(folder, aside)
    return aside


def rename(folder: Path, new: Path) -> None:
    end = time.monotonic() + RENAME_SECONDS
    while True:
        try:
            folder.rename(new)
        except PermissionError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            return
