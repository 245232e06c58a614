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

from ..interface import Listed, printable, suffix_of, walk_folder

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

    def why_unwanted(self, path: str) -> str:
        """Return the reason why a file is no photo, for walk_folder; empty if it may be one."""
        return "" if suffix_of(path) in self.suffixes else "not an image that Blender shows, by its name"

    def asks_for(self, entry: Listed) -> bool:
        """Return whether an entry is to be named at all: files by the pattern, and folders if subfolders are wanted."""
        if entry.is_folder and not self.subfolders:
            return False
        name = os.path.basename(entry.path)
        patterns = [part.strip().lower() for part in self.pattern.split(";") if part.strip()] or ["*"]
        by_name = any(fnmatchcase(name.lower(), pattern) for pattern in patterns)
        return by_name or (entry.is_folder and not name.startswith("."))


def list_photos(query: PhotoQuery, stopped: Callable[[], bool] = lambda: False) -> PhotoListing:
    """List the photos of a folder by their names, without opening them.

    `stopped` is asked at every entry. Raises FolderError if the folder itself cannot be read.
    """
    try:
        os.scandir(query.root).close()
    except OSError as error:
        raise FolderError(
            f"{printable(str(query.root))} cannot be read: {error.strerror}. Choose another folder"
        ) from error
    photos, skipped = [], []
    for entry in walk_folder(query.root, query.why_unwanted, query.subfolders):
        if stopped():
            break
        if not query.asks_for(entry):
            continue
        if reason := entry.reason or _why_unreadable(entry):
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


def _why_unreadable(entry: Listed) -> str:
    """Return why an entry that is wanted cannot be opened; empty if it may be."""
    if entry.is_folder:
        return "the folder cannot be read"
    return "" if os.path.exists(entry.path) else "a link to nothing"


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
