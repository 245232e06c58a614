# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that there is never half of one."""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nets.errors import DiskFullError, OutputError

PART = ".part"
PART_NAME = re.compile(rf"\.(.+)\.\d+{re.escape(PART)}", re.DOTALL)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}

LOCKED_BYTE = 1 << 40  # beyond what any file holds: Windows locks ranges, and lets nobody read them


def replace_file(path: str | Path, content: bytes | memoryview) -> None:
    """Writes beside `path`, then takes its place in one step. Raises OutputError."""
    with replacing(path) as file:
        file.write(content)


def replace_npz(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Likewise, arrays by name as .npz, uncompressed."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    replace_file(path, buffer.getbuffer())


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its place in one step once it is written and on the disk. Raises OutputError."""
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        with part.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise not_written(error, path) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def not_written(error: OSError, path: str | Path) -> OutputError:
    if error.errno in NO_ROOM:
        return DiskFullError(f"cannot be written ({error.strerror})", path, "Make room")
    return OutputError(f"cannot be written ({error.strerror})", path, "Choose another folder")


def parts_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """What is being written in a folder, or was by someone who died; each with the name that it is written for."""
    for part in folder.glob(f".*{PART}"):
        if part.is_file() and (match := PART_NAME.fullmatch(part.name)):
            yield part, match[1]


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


def is_text(path: str | Path) -> bool:
    """Whether a name is more than bytes that no encoding explains."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


def lock(file: BinaryIO) -> bool:
    """Whether this process alone may now write to the open file; the lock goes when it is closed, or its owner dies."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
