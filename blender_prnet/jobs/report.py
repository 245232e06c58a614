# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capture has made and what failed, in words."""

from collections.abc import Callable
from pathlib import Path

from ..interface import Status, printable
from ..worker import WorkerError
from .job import Outcome, Screen, in_words

SUMMARISED = 3  # problems in the one line that is reported; the panel lists all


def counted(translate: Callable[[str], str], count: int, one: str, many: str) -> str:
    """Return how many there are, in the user's language. one: the text for 1; many: for other numbers, with {}."""
    return translate(one) if count == 1 else translate(many).format(count)


def reason_of(translate: Callable[[str], str], entry: dict) -> str:
    """Return why an input gave no head. entry: the input's entry of report.json."""
    if entry["status"] == Status.NO_FACE:
        return translate("no face found")
    return (entry.get("error") or entry["status"]).removeprefix(f"{entry['path']}: ")


class CaptureReport:
    """Counts heads, and lists problems on the screen and for the summary."""

    def __init__(self, screen: Screen):
        self.heads = 0
        self._screen = screen
        self._problems: list[str] = []
        self._worker_error = ""

    def note_input(self, entry: dict) -> None:
        """List an input that failed. entry: its entry of report.json."""
        if entry["status"] != Status.OK:
            name, frame = Path(entry["path"]).name, entry.get("frame")
            name = name if frame is None else f"{name} {frame:04d}"
            self.note(name, entry["status"], reason_of(self._screen.translate, entry))

    def note_worker(self, error: WorkerError) -> None:
        self._worker_error = in_words(error)
        self.note("Worker", "worker", self._worker_error)

    def note(self, name: str, status: str, message: str) -> None:
        """List something that the user should know about the photo or clip `name`."""
        name, message = printable(name), printable(message)
        self._problems.append(f"{name}: {message}")
        self._screen.list_problem(name, status, message)

    def remark(self, name: str, message: str) -> None:
        """List something about what was made that is no problem."""
        self._screen.list_problem(printable(name), "ok", printable(message))

    def outcome(self, cancelled: bool) -> Outcome:
        """Return the outcome of the capture."""
        translate, problems = self._screen.translate, self._problems
        heads = counted(translate, self.heads, "1 head captured", "{} heads captured")
        if self._worker_error:
            before = translate(" ({} before.)").format(heads) if self.heads else ""
            return Outcome("ERROR", self._worker_error + before, self.heads > 0)
        if len(problems) > SUMMARISED:
            more = translate("and {} more, listed in the Face Capture tab").format(len(problems) - SUMMARISED)
            problems = [*problems[:SUMMARISED], more]
        text = "; ".join([translate("Stopped, {}").format(heads) if cancelled else heads, *problems])
        if self.heads == 0 and problems and not cancelled:
            return Outcome("ERROR", text, succeeded=False)
        return Outcome("WARNING" if problems else "INFO", text, self.heads > 0)
