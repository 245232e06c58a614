# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that users see: what happened, to which file, and what helps.

The status of each is the word that report.json uses for it.
"""

from __future__ import annotations

from pathlib import Path

from nets.interface.statuses import Status


class CaptureError(Exception):
    """Something that went wrong; the base class of all errors that are reported to the user."""

    status = Status.FAILED

    def __init__(self, message: str, path: str | Path | None = None, remedy: str = ""):
        self.message = message
        self.path = None if path is None else str(path)
        self.remedy = remedy
        super().__init__(self.advice if self.path is None else f"{self.path}: {self.advice}")

    @property
    def advice(self) -> str:
        """The message and the remedy, without the file."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class UnreadableError(CaptureError):
    """A photo, video or other input file that cannot be read."""

    status = Status.UNREADABLE


class NoFaceError(CaptureError):
    """A photo in which no face was found. It counts as handled, but has no result."""

    status = Status.NO_FACE


class BundleError(CaptureError):
    """A model bundle that is missing, damaged or made for another version."""

    status = Status.MODEL_ERROR


class EngineError(CaptureError):
    """An engine or device that cannot run here, or failed while running."""

    status = Status.ENGINE_ERROR


class OutputError(CaptureError):
    """A result that could not be written."""

    status = Status.NOT_WRITTEN


class DiskFullError(OutputError):
    """A result for which the disk has no room. Further results would fail in the same way."""

    status = Status.DISK_FULL


class UsageError(CaptureError):
    """Wrong usage: an option, or a file that an option names, that makes no sense."""

    status = Status.USAGE
