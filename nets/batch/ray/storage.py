# SPDX-License-Identifier: GPL-3.0-or-later
"""Files at addresses such as s3://bucket/folder, by fsspec: what is there, and copies from and to there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import fsspec
from fsspec import AbstractFileSystem

from nets.batch.listing import Found
from nets.errors import OutputError, UnreadableError, UsageError
from nets.io.fingerprint import FileFingerprint
from nets.io.pictures import is_wanted

MODIFIED = "mtime", "LastModified", "last_modified", "updated", "created"  # as file systems call it


def is_address(path: str) -> bool:
    return "://" in path


def storage_of(address: str) -> tuple[AbstractFileSystem, str]:
    """File system, and the path in it. Raises UsageError."""
    try:
        return fsspec.core.url_to_fs(address)
    except (ImportError, ValueError) as error:
        raise UsageError(f"this kind of address cannot be opened ({error})", address) from None


def find_at(address: str, subfolders: bool) -> list[tuple[Found, FileFingerprint]]:
    """The photos and videos at an address, in order; or the file itself. Raises UsageError and UnreadableError."""
    system, root = storage_of(address)
    with told(UnreadableError, address):
        infos = system.find(root, maxdepth=None if subfolders else 1, detail=True)
    found = []
    for path, info in sorted(infos.items()):
        relative = path[len(root) :].lstrip("/") or Path(path).name
        if is_wanted(path) and not any(part.startswith(".") for part in Path(relative).parts):
            found.append((Found(system.unstrip_protocol(path), relative), fingerprint_of(info)))
    return found or [(Found(address, Path(root).name), FileFingerprint(0, 0))]  # reading it will tell what is wrong


def results_at(address: str) -> set[str]:
    """Files below an address, relative to it; none where nothing is. Raises UsageError and UnreadableError."""
    system, root = storage_of(address)
    with told(UnreadableError, address):
        return {path[len(root) :].lstrip("/") for path in system.find(root)}


def fingerprint_of(info: dict) -> FileFingerprint:
    modified = next((info[key] for key in MODIFIED if info.get(key)), 0)
    if isinstance(modified, str):
        modified = datetime.fromisoformat(modified)
    seconds = modified.timestamp() if isinstance(modified, datetime) else modified
    return FileFingerprint(info.get("size") or 0, round(seconds * 1e9))


def fetch(address: str, folder: Path) -> tuple[Path, FileFingerprint]:
    """Copies a file into a folder. Raises UnreadableError."""
    system, path = storage_of(address)
    local = folder / Path(path).name
    with told(UnreadableError, address):
        fingerprint = fingerprint_of(system.info(path))
        system.get_file(path, str(local))
    return local, fingerprint


def deliver(folder: Path, address: str) -> None:
    """Copies what is in a folder to an address. Raises OutputError."""
    system, root = storage_of(address)
    with told(OutputError, address):
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            target = f"{root.rstrip('/')}/{file.relative_to(folder).as_posix()}"
            system.makedirs(target.rpartition("/")[0], exist_ok=True)
            system.put_file(str(file), target)


@contextmanager
def told(kind: type[UnreadableError | OutputError], address: str) -> Iterator[None]:
    """What a storage says, in our words. Each kind of storage has errors of its own."""
    try:
        yield
    except FileNotFoundError:
        raise kind("nothing is there", address) from None
    except Exception as error:
        raise kind(f"the storage answers: {error or type(error).__name__}", address) from None
