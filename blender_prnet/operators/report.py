# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a capture, in words."""

from pathlib import Path

from ..client import WorkerError
from ..names import printable


class Tally:
    """Counts heads and lists failures in `lines`, a collection of properties.ReportLine."""

    def __init__(self, lines):
        self.heads = 0
        self._lines = lines
        self._worker_error = ""

    def note_input(self, entry: dict) -> None:
        """An input's entry of report.json; only failures are listed."""
        if entry["status"] == "ok":
            return
        message = entry.get("error") or entry["status"]
        if entry["status"] == "no_face":
            message = "no face found"
        self.note(Path(entry["path"]).name, entry["status"], message.removeprefix(f"{entry['path']}: "))

    def note_worker(self, error: WorkerError) -> None:
        self._worker_error = f"{error} {error.remedy}".strip()
        self.note("Worker", "worker", self._worker_error)

    def note(self, name: str, status: str, message: str) -> None:
        """List something that the user should know of the photo or clip `name`."""
        line = self._lines.add()
        line.name, line.status, line.message = printable(name), status, printable(message)

    def summary(self, cancelled: bool) -> tuple[str, str]:
        """(report level, text) for the end of the capture."""
        heads = f"{self.heads} head{'' if self.heads == 1 else 's'} captured"
        if self._worker_error:
            return "ERROR", self._worker_error + (f" ({heads} before.)" if self.heads else "")
        failures = [f"{line.name}: {line.message}" for line in self._lines]
        if len(failures) > 3:
            failures = [*failures[:3], f"and {len(failures) - 3} more, listed in the Face Capture tab"]
        text = "; ".join([f"Stopped, {heads}" if cancelled else heads, *failures])
        if self.heads == 0 and failures and not cancelled:
            return "ERROR", text
        return ("WARNING" if failures else "INFO"), text
