# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock that lets one process at a time change the environment. The system frees it when that process ends."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import InstallError


@contextmanager
def locked(environment: Path) -> Iterator[None]:
    """Hold the environment's lock. Raises InstallError if another process holds it."""
    path = environment.with_name(f"{environment.name}.lock")
    with path.open("ab") as file:
        try:
            _lock(file)
        except OSError:
            raise InstallError(
                "Another Blender is installing or removing GPU support.",
                "Wait until it has finished, or stop it there.",
            ) from None
        yield


if os.name == "nt":
    import msvcrt

    def _lock(file):
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(file):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
