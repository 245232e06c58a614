# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands one after another, with their output in the log, and stops them on request."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

KEPT_LINES = 60


class Cancelled(Exception):
    """The user stopped the work, or Blender ended."""


class CommandRunner:
    """Runs commands. `cancel`, called from another thread, ends the current command and prevents all later ones."""

    def __init__(self):
        self._process: subprocess.Popen | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled = True
            if self._process and self._process.poll() is None:
                self._kill()

    def check(self) -> None:
        """Raise Cancelled if `cancel` was called."""
        if self._cancelled:
            raise Cancelled

    def run(self, command: list[str], variables: dict, on_line: Callable[[str], bool]) -> tuple[int, str]:
        """Run a command to its end and return its exit code and the last lines of its output.

        variables: the command's environment variables. on_line: is called with every line of the output; lines for
        which it returns True are kept out of the log. Raises Cancelled.
        """
        with self._lock:
            self.check()
            self._process = subprocess.Popen(
                command,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,  # so that a command's own children end with it
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        kept: list[str] = []
        for line in self._process.stdout:
            if not on_line(line.rstrip()):
                print(line, end="", file=sys.stderr, flush=True)
                kept = [*kept[-KEPT_LINES:], line.rstrip()]
        code = self._process.wait()
        self.check()
        return code, "\n".join(kept)

    def _kill(self):
        if os.name == "nt":
            self._process.kill()
        else:
            os.killpg(self._process.pid, signal.SIGKILL)
