# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds and removes the environment with pip.

Every package comes from one index only, PyTorch's own or PyPI, never from whichever of two has the higher version, and
only as a wheel, so that no package runs code of its own during the installation. Versions are pinned, hashes are not:
the wheels differ by system and Python, and those of PyTorch's dependencies are not known here. pip compares each
download with the checksum that its index states.
"""

import json
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import InstallError
from .commands import CommandRunner
from .failures import explain_failure
from .lock import locked
from .manifest import EnvironmentManifest, fingerprint, partial_of, python_of

SPACE = 12e9  # bytes: the download and what is unpacked from it are on the disk together for a while
RENAME_SECONDS = 10  # an antivirus program may hold new files for some seconds
# On PyPI, PyTorch's wheels for Windows have no GPU support; those on PyTorch's own index have.
TORCH_INDEX = "https://download.pytorch.org/whl/cu130" if os.name == "nt" else ""
PIP = (
    "--no-cache-dir",
    "--no-compile",
    "--no-input",
    "--disable-pip-version-check",
    "--only-binary=:all:",
    "--retries",
    "2",
    "--timeout",
    "20",
)
RAW_PROGRESS = "pip>=24.1"  # the first version that can print its progress as plain numbers
CHECK = """
import importlib, json, platform, sys
modules = {name: importlib.import_module(name) for name in sys.argv[1:]}
torch = modules.get("torch")
gpu = torch.cuda.get_device_name() if torch and torch.cuda.is_available() else ""
print(json.dumps({"python": platform.python_version(), "torch": getattr(torch, "__version__", ""), "gpu": gpu}))
"""

Report = Callable[[str, float, float], None]


@dataclass(frozen=True)
class EnvironmentSpec:
    """What to build.

    environment: the folder; requirements: the file of packages; wheels: folders to take the packages from instead of
    the internet; space: bytes that must be free; modules: what must be importable in the end.
    """

    environment: Path
    requirements: Path
    wheels: tuple[Path, ...] = ()
    space: float = SPACE
    modules: tuple[str, ...] = ("numpy", "cv2", "onnxruntime", "safetensors", "torch")


def build(spec: EnvironmentSpec, runner: CommandRunner, report: Report) -> EnvironmentManifest:
    """Build the environment, and put it in the place of an older one once it is complete.

    report(text, done, total) is called with what is being done; total is 0 where it is not known. Raises InstallError
    or Cancelled; an older environment is still there then, and nothing is left of the new one.
    """
    partial = partial_of(spec.environment)
    try:
        spec.environment.parent.mkdir(parents=True, exist_ok=True)
        with locked(spec.environment):
            shutil.rmtree(set_aside(partial), ignore_errors=True)
            check_space(spec)
            try:
                manifest = create(spec, partial, runner, report)
                old = set_aside(spec.environment)
                rename(partial, spec.environment)
            except BaseException:
                report("Removing what was installed", 0, 0)
                shutil.rmtree(partial, ignore_errors=True)
                raise
            shutil.rmtree(old, ignore_errors=True)
            return manifest
    except OSError as error:
        raise explain_failure(repr(error), f"Writing to {spec.environment.parent}") from error


def remove(environment: Path) -> None:
    """Remove the environment and what is left of an unfinished one. Raises InstallError."""
    try:
        with locked(environment):
            for folder in (partial_of(environment), environment):
                aside = set_aside(folder)
                if aside.is_dir():
                    shutil.rmtree(aside)
    except OSError as error:
        raise explain_failure(repr(error), f"Removing {environment}") from error


def check_space(spec: EnvironmentSpec) -> None:
    free = shutil.disk_usage(spec.environment.parent).free
    if free < spec.space:
        raise InstallError(
            f"GPU support needs {spec.space / 1e9:.0f} GB of free space at {spec.environment.parent}; "
            f"there are {free / 1e9:.1f} GB.",
            "Free some space, and install again.",
        )


def create(spec: EnvironmentSpec, partial: Path, runner: CommandRunner, report: Report) -> EnvironmentManifest:
    """Create the environment in the folder `partial`, test it, and write its manifest."""
    unpacked = partial / "tmp"
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    variables |= {name: str(unpacked) for name in ("TMPDIR", "TEMP", "TMP")}
    variables |= {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
    python = str(python_of(partial))

    def step(doing, command):
        report(doing, 0, 0)
        code, output = runner.run(command, variables, PipProgress(doing, report))
        if code:
            raise explain_failure(output, doing)
        return output

    unpacked.mkdir(parents=True)
    step("Creating the environment", [sys.executable, "-m", "venv", str(partial)])
    for doing, arguments in pip_installs(spec):
        step(doing, [python, "-m", "pip", "install", *PIP, *arguments])
    output = step("Testing it", [python, "-I", "-c", CHECK, *spec.modules])
    shutil.rmtree(unpacked)
    versions = json.loads(output.splitlines()[-1])
    manifest = EnvironmentManifest(fingerprint(spec.requirements), sys.executable, **versions)
    manifest.write(partial)
    return manifest


def pip_installs(spec: EnvironmentSpec, torch_index: str = TORCH_INDEX) -> Iterator[tuple[str, list[str]]]:
    """Yield the calls of `pip install`, in order: what each does, in words, and its arguments.

    torch_index: the index that PyTorch and its dependencies come from, "" for PyPI.
    """
    if spec.wheels:
        folders = [argument for folder in spec.wheels for argument in ("--find-links", str(folder))]
        yield "Installing PyTorch", ["--requirement", str(spec.requirements), "--no-index", *folders]
        return
    yield "Looking for packages", ["--upgrade", RAW_PROGRESS]
    progress = ["--progress-bar", "raw"]
    torch = re.search(r"^torch\b.*$", spec.requirements.read_text(encoding="utf-8"), re.MULTILINE)
    if torch_index and torch:
        yield "Installing PyTorch", [*progress, "--index-url", torch_index, torch[0].strip()]
        yield "Installing the other packages", [*progress, "--requirement", str(spec.requirements)]
    else:
        yield "Installing PyTorch", [*progress, "--requirement", str(spec.requirements)]


class PipProgress:
    """Reads pip's lines and reports which package it downloads and how far it is."""

    def __init__(self, doing: str, report: Report):
        self.doing, self.report = doing, report

    def __call__(self, line: str) -> bool:
        """Return True for lines that need not be in the log."""
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
    """Rename the folder, if it exists, before it is deleted, and return its new path.

    Windows refuses to rename a folder that is in use, so such a folder stays complete.
    """
    aside = folder.with_name(f"{folder.name}.removed")
    if folder.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
        rename(folder, aside)
    return aside


def rename(folder: Path, new: Path) -> None:
    """Rename the folder; retry for a while if another program holds its files."""
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
