# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock on the environment, so that one process at a time works on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...interface import lock_file
from ..errors import InstallError


@contextmanager
def locked(environment: Path) -> Iterator[None]:
    """Hold the environment's lock. Raises InstallError if another process holds it."""
    path = environment.with_name(f"{environment.name}.lock")
    with path.open("ab") as file:
        if not lock_file(file):
            raise InstallError(
                "Another Blender is installing or removing GPU support.",
                "Wait until it has finished, or stop it there.",
            )
        yield
