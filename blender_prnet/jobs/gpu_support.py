# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs or removes the environment with PyTorch for the GPU, in a process of its own."""

from pathlib import Path

from ..worker import Request, WorkerError, WorkerProcess, WorkerSetup
from ..worker.environment.manifest import read_manifest

RUN_INSTALLER = ("-s", "-m", "blender_prnet.worker.environment")
STOPPED = "Stopped; nothing was left behind."


def install_request(requirements: Path, wheels: list[Path]) -> dict:
    """Return the request to install from folders of wheels, or from the internet if there are none."""
    return {"type": "install", "requirements": str(requirements), "wheels": [str(folder) for folder in wheels]}


REMOVE_REQUEST = {"type": "remove"}


class GpuSupportJob:
    """Follows one request to the installer's process.

    text: what is being done; progress: from 0 to 1, 0 where it is not known; outcome: the result in words, once it has
    finished; failed: whether that is an error.
    """

    def __init__(self, setup: WorkerSetup, request: dict, environment: Path):
        """Start. Raises WorkerError if the process cannot be started."""
        self.text, self.progress, self.outcome, self.failed = "", 0.0, "", False
        self._environment = environment
        self._process = WorkerProcess(setup)
        self._request = Request(self._process, {**request, "environment": str(environment)})

    def advance(self) -> bool:
        """Take in what the process has reported; return True when it has finished."""
        try:
            for message, _ in self._request.pump():
                if message["type"] == "progress":
                    self.text = message["text"]
                    self.progress = message["done"] / message["total"] if message["total"] else 0.0
        except WorkerError as error:
            self.outcome, self.failed = f"{error} {error.remedy}", True
        else:
            if self._request.finished:
                self.outcome = STOPPED if self._request.cancelled else describe_environment(self._environment)
        return self._request.finished

    def cancel(self) -> None:
        self._request.cancel()
        self.text = "Stopping"

    def hang_up(self) -> None:
        """Leave the process to itself: it cleans up and ends when Blender does not listen any more."""
        if not self._request.finished:
            self._process.hang_up()


def describe_environment(environment: Path) -> str:
    """Say what is installed."""
    manifest = read_manifest(environment)
    if manifest is None:
        return "GPU support is removed."
    gpu = manifest.gpu or "no GPU that it can use: is NVIDIA's driver installed, and recent?"
    return f"Installed: PyTorch {manifest.torch}, Python {manifest.python}. It found {gpu}"
