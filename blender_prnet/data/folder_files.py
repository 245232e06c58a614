# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in a folder of photos: which of them to capture, and why the others are skipped."""

import hashlib
import math
import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Event, Thread

from ..interface import printable

BLOCK = 1 << 20  # bytes read at once
FRESH_SECONDS = 5  # for which FolderScan keeps an answer at least
SCAN_PAUSE = 20  # times as long as a scan took: the pause until the next, so that large folders do not keep a core busy


class FolderError(Exception):
    """The folder cannot be imported. The message says why, and what to do."""


@dataclass(frozen=True)
class SkippedFile:
    """A file or folder that is not captured, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class PhotoListing:
    """The photos that a query found (absolute paths, sorted), and the files that match it but are no photos."""

    photos: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]


@dataclass(frozen=True)
class PhotoQuery:
    """Which files are wanted.

    pattern: what names must match in upper or lower case, such as *.jpg or *.jpg;*.png; subfolders: whether to look
    into them; suffixes: those of photos, in lower case, with the dot.
    """

    folder: str
    pattern: str
    subfolders: bool
    suffixes: Collection[str]

    @property
    def root(self) -> Path:
        return Path(self.folder).absolute()


def list_photos(query: PhotoQuery, stopped: Callable[[], bool] = lambda: False) -> PhotoListing:
    """List the photos of a folder by their names, without opening them.

    `stopped` is asked before each folder. Raises FolderError if the folder itself cannot be read.
    """
    root = query.root
    patterns = [part.strip().lower() for part in query.pattern.split(";") if part.strip()] or ["*"]
    photos, skipped, folders, seen = [], [], [str(root)], set()
    while folders and not stopped():
        folder = folders.pop()
        try:
            seen.add(os.path.realpath(folder))
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            if folder == str(root):
                raise FolderError(
                    f"{printable(str(root))} cannot be read: {error.strerror}. Choose another folder"
                ) from error
            skipped.append(SkippedFile(folder, f"the folder cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            is_folder = os.path.isdir(entry.path)
            if is_folder and not query.subfolders:
                continue
            if is_folder and not entry.name.startswith("."):
                if os.path.realpath(entry.path) in seen:
                    skipped.append(SkippedFile(entry.path, "a link back to a folder that is listed already"))
                else:
                    folders.append(entry.path)
            elif any(fnmatchcase(entry.name.lower(), pattern) for pattern in patterns):
                reason = _reason(entry, query.suffixes)
                if reason:
                    skipped.append(SkippedFile(entry.path, reason))
                else:
                    photos.append(entry.path)
    return PhotoListing(tuple(sorted(photos)), tuple(skipped))


def without_duplicates(listing: PhotoListing, stopped: Callable[[], bool] = lambda: False) -> PhotoListing:
    """Skip photos with the same bytes as an earlier one. Only files of equal size are read."""
    by_size: dict[int, int] = {}
    sizes = [_size(path) for path in listing.photos]
    for size in sizes:
        by_size[size] = by_size.get(size, 0) + 1
    photos, skipped, first = [], list(listing.skipped), {}
    for path, size in zip(listing.photos, sizes, strict=True):
        digest = _digest(path) if size > 0 and by_size[size] > 1 and not stopped() else None
        if digest and digest in first:
            skipped.append(SkippedFile(path, f"the same picture as {os.path.basename(first[digest])}"))
            continue
        if digest:
            first[digest] = path
        photos.append(path)
    return PhotoListing(tuple(photos), tuple(skipped))


class FolderScan:
    """Lists the photos of a folder in a thread, for a panel that asks at every redraw.

    The last answer is kept. When it is old it is renewed, since the folder may have changed meanwhile.
    """

    def __init__(self):
        self._query: PhotoQuery | None = None
        self._answer: tuple[PhotoQuery, PhotoListing | FolderError] | None = None
        self._expires = math.inf
        self._cancelled = Event()

    def ask(self, query: PhotoQuery) -> PhotoListing | FolderError | None:
        """Return what list_photos returns or raises; None until that is known."""
        if query != self._query:
            self.forget()
            self._query, self._cancelled = query, Event()
            self._start()
        elif time.monotonic() > self._expires:
            self._start()
        answer = self._answer
        return answer[1] if answer and answer[0] == query else None

    def forget(self) -> None:
        """Drop the answer, and stop the thread if it runs."""
        self._cancelled.set()
        self._query = self._answer = None

    def _start(self):
        self._expires = math.inf  # while the thread runs
        Thread(target=self._scan, args=(self._query, self._cancelled), name="prnet folder scan", daemon=True).start()

    def _scan(self, query, cancelled):
        began = time.monotonic()
        try:
            answer = list_photos(query, cancelled.is_set)
        except FolderError as error:
            answer = error
        if not cancelled.is_set():
            now = time.monotonic()
            self._answer, self._expires = (query, answer), now + max(FRESH_SECONDS, SCAN_PAUSE * (now - began))


def _reason(entry: os.DirEntry, suffixes: Collection[str]) -> str:
    """Return why an entry is no photo; empty if it may be one."""
    if entry.name.startswith("."):
        return "hidden"
    if entry.is_symlink() and not os.path.exists(entry.path):
        return "a link to nothing"
    if not os.path.isfile(entry.path):
        return "not a file"
    if os.path.splitext(entry.name)[1].lower() not in suffixes:
        return "not an image that Blender shows, by its name"
    return ""


def _size(path):
    try:
        return os.path.getsize(path)
    except OSError:
        return -1


def _digest(path):
    """Return the SHA-256 of the file; None if it cannot be read, which is reported when it is captured."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.digest()
