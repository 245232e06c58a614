# SPDX-License-Identifier: GPL-3.0-or-later
"""What is in a folder of photos: which files to capture, and why the others are left out. No bpy."""

import hashlib
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Event, Thread

from ..interface import printable

BLOCK = 1 << 20


class FolderError(Exception):
    """The folder cannot be imported. The message says why, and what to do."""


@dataclass(frozen=True)
class LeftOut:
    path: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """photos: absolute paths, sorted; left_out: everything else that was asked for."""

    photos: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True)
class Question:
    """pattern: what names must look like, as in *.jpg or in *.jpg;*.png, whatever the case; suffixes: of photos."""

    folder: str
    pattern: str
    subfolders: bool
    suffixes: Collection[str]

    @property
    def root(self) -> Path:
        return Path(self.folder).absolute()


def list_photos(question: Question, stopped: Callable[[], bool] = lambda: False) -> Listing:
    """Look at the names only. Raises FolderError."""
    root = question.root
    patterns = [part.strip().lower() for part in question.pattern.split(";") if part.strip()] or ["*"]
    photos, left_out, folders, seen = [], [], [str(root)], set()
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
            left_out.append(LeftOut(folder, f"the folder cannot be read: {error.strerror}"))
            continue
        for entry in entries:
            is_folder = os.path.isdir(entry.path)
            if is_folder and not question.subfolders:
                continue
            if is_folder and not entry.name.startswith("."):
                if os.path.realpath(entry.path) in seen:
                    left_out.append(LeftOut(entry.path, "a link back to a folder that is listed already"))
                else:
                    folders.append(entry.path)
            elif any(fnmatchcase(entry.name.lower(), pattern) for pattern in patterns):
                reason = _reason(entry, question.suffixes)
                if reason:
                    left_out.append(LeftOut(entry.path, reason))
                else:
                    photos.append(entry.path)
    return Listing(tuple(sorted(photos)), tuple(left_out))


def without_duplicates(listing: Listing, stopped: Callable[[], bool] = lambda: False) -> Listing:
    """Leave out the files that hold the same bytes as one before them. Only files of equal size are read."""
    by_size: dict[int, int] = {}
    sizes = [_size(path) for path in listing.photos]
    for size in sizes:
        by_size[size] = by_size.get(size, 0) + 1
    photos, left_out, first = [], list(listing.left_out), {}
    for path, size in zip(listing.photos, sizes, strict=True):
        digest = _digest(path) if size > 0 and by_size[size] > 1 and not stopped() else None
        if digest and digest in first:
            left_out.append(LeftOut(path, f"the same picture as {os.path.basename(first[digest])}"))
            continue
        if digest:
            first[digest] = path
        photos.append(path)
    return Listing(tuple(photos), tuple(left_out))


class Survey:
    """Answers a Question in a thread of its own; the last answer is kept."""

    def __init__(self):
        self._question = None
        self._answer: Listing | FolderError | None = None
        self._ended = Event()

    def ask(self, question: Question) -> Listing | FolderError | None:
        """What list_photos gives, None as long as it is not known."""
        if question != self._question:
            self.forget()
            self._question, self._ended = question, Event()
            Thread(target=self._look, args=(question, self._ended), name="prnet survey", daemon=True).start()
        return self._answer

    def forget(self) -> None:
        """What was known of the folder may have changed."""
        self._ended.set()
        self._question = self._answer = None

    def _look(self, question, ended):
        try:
            answer = list_photos(question, ended.is_set)
        except FolderError as error:
            answer = error
        if not ended.is_set():
            self._answer = answer


def _reason(entry: os.DirEntry, suffixes: Collection[str]) -> str:
    """Why an entry is no photo, empty if it may be one."""
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
    """The SHA-256 of the file; None if it cannot be read, which its capture will tell."""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except OSError:
        return None
    return digest.digest()
