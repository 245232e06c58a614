# SPDX-License-Identifier: GPL-3.0-or-later
"""The exceptions of the worker and of its environment."""


class WorkerError(Exception):
    """The worker cannot be started, died, hangs or reported an error. `remedy` says what the user can do about it."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.remedy = remedy


class InstallError(WorkerError):
    """The environment for the GPU cannot be built or removed."""
