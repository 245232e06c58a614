# SPDX-License-Identifier: GPL-3.0-or-later
"""What can become of an input: the statuses of report.json and of the worker's `input` messages."""

from enum import StrEnum


class Status(StrEnum):
    """The status of an input, or of the error that stopped a run."""

    OK = "ok"
    NO_FACE = "no_face"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    NOT_WRITTEN = "not_written"
    DISK_FULL = "disk_full"
    MODEL_ERROR = "model_error"
    ENGINE_ERROR = "engine_error"
    USAGE = "usage"
    FAILED = "failed"


HANDLED = frozenset({Status.OK, Status.NO_FACE, Status.DUPLICATE})  # a photo without a face is handled, too
