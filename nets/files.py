# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that there is never half of one."""

from __future__ import annotations

import os
from pathlib import Path

from nets.errors import OutputError


def replace_file(path: str | Path, content: bytes | memoryview) -> None:
    """Writes beside `path`, then takes its place in one step. Raises OutputError."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"cannot be written ({error.strerror})", path, "Choose another folder or make room") from None


def make_folder(path: str | Path) -> Path:
    """Makes the folder if need be and sees that it can be written to. Raises OutputError."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{os.getpid()}.part"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"the output folder cannot be written to ({error.strerror})", path, "Choose another folder"
        ) from None
    return path
