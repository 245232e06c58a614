# SPDX-License-Identifier: GPL-3.0-or-later
"""Timing of MediaPipe FaceMesh, which runs as a process in an environment of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from nets.errors import EngineError
from nets.lab.benchmark.timing import FRAMES
from nets.topology.face_model import REPOSITORY

PYTHON = REPOSITORY / ".venv-mediapipe/bin/python"
SCRIPT = Path(__file__).with_name("mediapipe_peer.py")
MODES = {"static": 1, "video": FRAMES}  # how many pictures each mode processes in a row


class MediaPipe:
    """FaceMesh on one photo, in a process. Raises EngineError if it is not installed or finds no face."""

    def __init__(self, photo: Path, python: str | Path | None = None):
        python = Path(python or PYTHON)
        if not python.exists():
            raise EngineError("MediaPipe is not installed", python.parent.parent, "Install it: make bench-mediapipe")
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            [python, SCRIPT, photo], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        try:
            for mode in MODES:
                self.ms(mode)
        except EngineError:
            self.close()
            raise

    def ms(self, mode: str) -> float:
        """Return the milliseconds of processor time for the photo."""
        try:
            print(mode, file=self._process.stdin, flush=True)
            return float(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            message, remedy = (
                f"MediaPipe does not run here ({error})",
                f"To see why, run {SCRIPT.name} in its environment",
            )
            raise EngineError(message, remedy=remedy) from error

    def works(self) -> dict[str, Callable[[], float]]:
        """Return a timed function for each mode, by the name of its row."""
        return {f"MediaPipe FaceMesh, {mode}": lambda mode=mode: self._mean_ms(mode) for mode in MODES}

    def _mean_ms(self, mode: str) -> float:
        return sum(self.ms(mode) for _ in range(MODES[mode])) / MODES[mode]

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
