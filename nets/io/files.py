# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing files so that no reader ever sees half of one."""

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

# A file is written under this name and ending next to its place, then renamed: .NAME.PROCESS.part
PARTIAL_SUFFIX = ".part"
PARTIAL_NAME = re.compile(rf"\.(.+)\.\d+{re.escape(PARTIAL_SUFFIX)}", re.DOTALL)
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


def replace_file(path: str | Path, content: bytes | memoryview) -> None:
    """Write a file next to `path`, then put it there in one step. Raises OutputError."""
    with replacing(path) as file:
        file.write(content)


def replace_npz(path: str | Path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays by name as an uncompressed .npz file, in one step as replace_file does. Raises OutputError."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    replace_file(path, buffer.getbuffer())


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file next to `path` for writing; at the end of the block it takes the place of `path` in one step.

    Raises OutputError if it cannot be written. Whatever else the block raises, OSErrors of other files among it, is
    passed on; then `path` stays as it was.
    """
    path = Path(path)
    partial = path.with_name(f".{path.name}.{os.getpid()}{PARTIAL_SUFFIX}")
    try:
        with _writing(path):
            raw = _PartialFile(partial, path)
        with io.BufferedWriter(raw) as file:
            yield file
            file.flush()
            with _writing(path):
                os.fsync(file.fileno())
        with _writing(path):
            partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


class _PartialFile(io.FileIO):
    """A file whose failed writes raise the OutputError of the file whose place it will take."""

    def __init__(self, partial: Path, target: Path):
        super().__init__(partial, "wb")
        self._target = target

    def write(self, content: bytes | memoryview) -> int:
        with _writing(self._target):
            return super().write(content)


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise not_written(error, path) from None


def not_written(error: OSError, path: str | Path) -> OutputError:
    """Return the error to raise for a file that the system did not let us write."""
    if error.errno in NO_ROOM:
        return DiskFullError(f"cannot be written ({error.strerror})", path, "Make room")
    return OutputError(f"cannot be written ({error.strerror})", path, "Choose another folder")


def partial_files_in(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that are being written in a folder, or were by a process that died, and their final names."""
    for partial in folder.glob(f".*{PARTIAL_SUFFIX}"):
        if partial.is_file() and (match := PARTIAL_NAME.fullmatch(partial.name)):
            yield partial, match[1]


def make_folder(path: str | Path) -> Path:
    """Create the folder if it is missing, and check that it can be written to. Raises OutputError."""
    path = Path(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
        probe = path / f".{os.getpid()}{PARTIAL_SUFFIX}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"the output folder cannot be written to ({error.strerror})", path, "Choose another folder"
        ) from None
    return path


def is_text(path: str | Path) -> bool:
    """Return whether a file's name is text: on some systems it may hold bytes that are none in any encoding."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True
