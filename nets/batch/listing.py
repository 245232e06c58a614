# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of photos, folders and videos -> the files to capture, each with the name of its results.

A name depends on the files and not on their order, so that shards, resumed runs and several machines agree.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from nets.io.pictures import is_wanted

LONGEST_NAME = 150  # bytes: file systems allow 255, and a number, an ending and a mark while it is written come on top


@dataclass(frozen=True, slots=True)
class Source:
    """A file to capture. name: of its results in the output folder, where numbers and endings follow; subfolders of
    what was asked for are kept. Unique within a run, whatever the case."""

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a folder that is not captured."""

    path: str
    reason: str


@dataclass(frozen=True)
class Listing:
    sources: list[Source]
    skipped: list[Skipped]


@dataclass(frozen=True)
class Shard:
    """The index-th of `count` parts of a listing, from 1. By the names alone: nobody reads the photos of others, and a
    photo that is there twice may be captured by two shards."""

    index: int = 1
    count: int = 1

    @property
    def ending(self) -> str:
        """Of the names of files that are the shard's own."""
        return "" if self.count == 1 else f"-{self.index}-of-{self.count}"

    def holds(self, relative: str) -> bool:
        """By the path below what was asked for: machines may have mounted it at different places."""
        digest = hashlib.sha256(os.fsencode(relative)).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1


@dataclass(frozen=True, slots=True)
class Found:
    path: str
    relative: str  # to the folder that was asked for
    reason: str = ""  # why it is skipped


WHOLE = Shard()


def list_sources(paths: Iterable[str | Path], out: Path, subfolders: bool = False, shard: Shard = WHOLE) -> Listing:
    return listing_of(find_files(paths, out, subfolders), shard)


def find_files(paths: Iterable[str | Path], out: Path, subfolders: bool = False) -> list[Found]:
    """Files that were named, and the photos and videos in folders, in order; each once. Nothing from the subfolder
    `out`, where results go, and no folder a second time because a link leads there."""
    found: dict[str, Found] = {}
    entered = {_identity(out): "that of the results"}
    for path in map(str, map(Path, paths)):
        inside = []
        if os.path.isdir(path):
            entered.setdefault(_identity(path), path)
            inside += _walk(path, "", subfolders, entered)
        if all(each.reason for each in inside):
            inside.append(Found(path, os.path.basename(path)))  # reading it will tell what is wrong
        found |= {each.path: each for each in inside if each.path not in found}
    return list(found.values())


def listing_of(found: list[Found], shard: Shard = WHOLE) -> Listing:
    wanted = [each for each in found if not each.reason]
    named = zip(wanted, _names(wanted), strict=True)
    return Listing(
        [Source(each.path, name) for each, name in named if shard.holds(each.relative)],
        [Skipped(each.path, each.reason) for each in found if each.reason and shard.holds(each.relative)],
    )


def _walk(folder: str, below: str, subfolders: bool, entered: dict[tuple[int, int], str]) -> Iterator[Found]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        yield Found(folder, below)  # reading it will tell why
        return
    for entry in entries:
        path, relative = entry.path, os.path.join(below, entry.name)
        mode = _mode(entry)
        if entry.name.startswith("."):
            yield Found(path, relative, "hidden")
        elif stat.S_ISDIR(mode):
            identity = _identity(path)
            if not subfolders:
                yield Found(path, relative, "a subfolder, and subfolders were not asked for")
            elif identity in entered:
                yield Found(path, relative, f"the same folder as {entered[identity]}")
            else:
                entered[identity] = path
                yield from _walk(path, relative, subfolders, entered)
        elif not is_wanted(path):
            yield Found(path, relative, "neither a photo nor a video by its name")
        elif mode and not stat.S_ISREG(mode):
            yield Found(path, relative, "not a file but a device, a pipe or the like")
        else:
            yield Found(path, relative)


def _mode(entry: os.DirEntry) -> int:
    """Of what a link leads to; 0 if that is nowhere."""
    if entry.is_file(follow_symlinks=False):  # known without a look at the file, unlike the rest
        return stat.S_IFREG
    try:
        return os.stat(entry.path).st_mode
    except OSError:
        return 0


def _identity(path: str | Path) -> tuple[int, int]:
    info = os.stat(path)
    return info.st_dev, info.st_ino


def _names(found: list[Found]) -> list[str]:
    """The path below the folder without its ending; with it where others have the same (a.jpg beside a.png)."""
    plain = [os.path.splitext(each.relative)[0] for each in found]
    counts = Counter(name.casefold() for name in plain)
    names = [name if counts[name.casefold()] == 1 else each.relative for name, each in zip(plain, found, strict=True)]
    counts = Counter(name.casefold() for name in names)
    return [
        name if counts[name.casefold()] == 1 and _is_short(name) else _marked(name, each.path)
        for name, each in zip(names, found, strict=True)
    ]


def _is_short(name: str) -> bool:
    return len(os.fsencode(os.path.basename(name))) <= LONGEST_NAME


def _marked(name: str, path: str) -> str:
    """A name shortened, and told from others by the checksum of its path."""
    folder, last = os.path.split(name)
    last = os.fsencode(last)[: LONGEST_NAME - 9].decode(errors="ignore")
    return os.path.join(folder, f"{last}-{zlib.crc32(os.fsencode(path)):08x}")
