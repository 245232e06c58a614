# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that are run one after the other, whose output goes to the log, and that can be stopped."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

KEPT_LINES = 60


class Cancelled(Exception):
    """The user, or Blender's end, stopped it."""


class Steps:
    """Runs commands; `cancel`, from another thread, ends the one that runs and all that would follow."""

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
        """Raises Cancelled if it was."""
        if self._cancelled:
            raise Cancelled

    def run(self, command: list[str], environment: dict, hear: Callable[[str], bool]) -> tuple[int, str]:
        """(exit code, the last lines of the output). `hear` gets every line; the log gets those that it returns False
        for. Raises Cancelled."""
        with self._lock:
            self.check()
            self._process = subprocess.Popen(
                command,
                env=environment,
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
            if not hear(line.rstrip()):
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
