# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, in words a user can act on: what happened, to which file, and what helps.

`status` is the word that report.json and the worker's messages use for it.
"""

from __future__ import annotations

from pathlib import Path


class CaptureError(Exception):
    status = "failed"

    def __init__(self, message: str, path: str | Path | None = None, remedy: str = ""):
        self.message = message
        self.path = None if path is None else str(path)
        self.remedy = remedy
        super().__init__(self.advice if self.path is None else f"{self.path}: {self.advice}")

    @property
    def advice(self) -> str:
        """Message and remedy, for places where the file is known already."""
        return f"{self.message}. {self.remedy}" if self.remedy else self.message


class UnreadableError(CaptureError):
    """A photo, video or other input file that cannot be read."""

    status = "unreadable"


class NoFaceError(CaptureError):
    """A photo in which no face was found: handled, but without a result."""

    status = "no_face"


class BundleError(CaptureError):
    """A model bundle that is missing, damaged or made for another version."""

    status = "model_error"


class EngineError(CaptureError):
    """An engine or device that cannot run here, or failed while running."""

    status = "engine_error"


class OutputError(CaptureError):
    """A result that could not be written."""

    status = "not_written"


class DiskFullError(OutputError):
    """No room is left where results go: further ones would fail alike."""

    status = "disk_full"


class UsageError(CaptureError):
    """Wrong usage: an option or an option's file that makes no sense."""

    status = "usage"
