# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with the worker, as one exception."""


class WorkerError(Exception):
    """The worker cannot start, died, fell silent or gave up. `remedy` says what the user can do about it."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.remedy = remedy


class InstallError(WorkerError):
    """The environment for the GPU could not be built or removed."""
