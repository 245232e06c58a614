# SPDX-License-Identifier: GPL-3.0-or-later
"""Files at addresses such as s3://bucket/folder, with fsspec: listing, downloading and uploading them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import fsspec
from fsspec import AbstractFileSystem

from nets.errors import OutputError, UnreadableError, UsageError
from nets.interface.file_kinds import is_photo_or_movie
from nets.interface.folder_listing import Listed
from nets.io.fingerprint import FileFingerprint

# The names that file systems give to the time of the last change
MODIFIED = "mtime", "LastModified", "last_modified", "updated", "created"


def is_address(path: str) -> bool:
    """Return whether a path is an address rather than one of this machine's files."""
    return "://" in path


def storage_of(address: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address, and the path in it. Raises UsageError."""
    try:
        return fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"this kind of address cannot be opened ({error})", address) from None


def find_at(address: str, subfolders: bool) -> list[tuple[Listed, FileFingerprint]]:
    """List the photos and movies at an address, in order, or the file itself. Raises UsageError and UnreadableError."""
    system, root = storage_of(address)
    with translated_errors(UnreadableError, address):
        infos = system.find(root, maxdepth=None if subfolders else 1, detail=True)
    found = []
    for path, info in sorted(infos.items()):
        relative = path[len(root) :].lstrip("/") or Path(path).name
        if is_photo_or_movie(path) and not any(part.startswith(".") for part in Path(relative).parts):
            found.append((Listed(system.unstrip_protocol(path), relative), fingerprint_of(info)))
    return found or [(Listed(address, Path(root).name), FileFingerprint(0, 0))]  # reading it reports what is wrong


def results_at(address: str) -> set[str]:
    """Return the files below an address, relative to it. Raises UsageError and UnreadableError."""
    system, root = storage_of(address)
    with translated_errors(UnreadableError, address):
        return {path[len(root) :].lstrip("/") for path in system.find(root)}


def fingerprint_of(info: dict) -> FileFingerprint:
    """Return the fingerprint of a file by what its file system tells of it."""
    modified = next((info[key] for key in MODIFIED if info.get(key)), 0)
    if isinstance(modified, str):
        modified = datetime.fromisoformat(modified)
    seconds = modified.timestamp() if isinstance(modified, datetime) else modified
    return FileFingerprint(info.get("size") or 0, round(seconds * 1e9))


def download(address: str, folder: Path) -> tuple[Path, FileFingerprint]:
    """Copy a file into a folder; return the copy and the file's fingerprint. Raises UnreadableError."""
    system, path = storage_of(address)
    local = folder / Path(path).name
    with translated_errors(UnreadableError, address):
        fingerprint = fingerprint_of(system.info(path))
        system.get_file(path, str(local))
    return local, fingerprint


def upload(folder: Path, address: str) -> None:
    """Copy the content of a folder to an address. Raises OutputError."""
    system, root = storage_of(address)
    with translated_errors(OutputError, address):
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            target = f"{root.rstrip('/')}/{file.relative_to(folder).as_posix()}"
            system.makedirs(target.rpartition("/")[0], exist_ok=True)
            system.put_file(str(file), target)


@contextmanager
def translated_errors(kind: type[UnreadableError | OutputError], address: str) -> Iterator[None]:
    """Raise the errors of a storage as errors of this kind. Each file system has exceptions of its own."""
    try:
        yield
    except FileNotFoundError:
        raise kind("nothing is there", address) from None
    except Exception as error:
        raise kind(f"the storage answers: {error or type(error).__name__}", address) from None
