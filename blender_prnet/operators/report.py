# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of a capture, in words."""

from pathlib import Path

from bpy.app.translations import pgettext_rpt as rpt_

from ..interface import printable
from ..worker import WorkerError


def counted(count: int, one: str, many: str) -> str:
    """How many there are, in the user's language: `one` says it of 1, `many` with {} of any other number."""
    return rpt_(one) if count == 1 else rpt_(many).format(count)


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
            message = rpt_("no face found")
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
        heads = counted(self.heads, "1 head captured", "{} heads captured")
        if self._worker_error:
            return "ERROR", self._worker_error + (rpt_(" ({} before.)").format(heads) if self.heads else "")
        failures = [f"{line.name}: {line.message}" for line in self._lines]
        if len(failures) > 3:
            failures = [*failures[:3], rpt_("and {} more, listed in the Face Capture tab").format(len(failures) - 3)]
        text = "; ".join([rpt_("Stopped, {}").format(heads) if cancelled else heads, *failures])
        if self.heads == 0 and failures and not cancelled:
            return "ERROR", text
        return ("WARNING" if failures else "INFO"), text
