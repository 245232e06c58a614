# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that a run captures, and the name of each one's results.

A name depends neither on the order of the files nor on where the folder is mounted, so that shards, resumed runs and
several machines agree.
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nets.interface.file_kinds import why_not_photo_or_movie
from nets.interface.folder_listing import Listed, identity_of, walk_folder

LONGEST_NAME = 150  # bytes: file systems allow 255, and a face's number, a suffix and the ending while written follow


@dataclass(frozen=True, slots=True)
class Source:
    """A file to capture.

    name: of its results in the output folder, to which numbers and suffixes are added. It keeps the subfolders of the
    folder that was asked for, and is unique within a run, whatever the case.
    """

    path: str
    name: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry of a folder that is not captured."""

    path: str
    reason: str


@dataclass(frozen=True)
class InputListing:
    """What a run captures and what it leaves out."""

    sources: list[Source]
    skipped: list[Skipped]


@dataclass(frozen=True)
class Shard:
    """The index-th of `count` parts of a listing, from 1.

    A file's part follows from its name alone, so that no shard reads the photos of another. Two photos of the same
    content may therefore be captured by two shards.
    """

    index: int = 1
    count: int = 1

    @property
    def ending(self) -> str:
        """What the shard adds to the names of its reports, so that they differ from those of others."""
        return "" if self.count == 1 else f"-{self.index}-of-{self.count}"

    def holds(self, relative: str) -> bool:
        """Return whether a file is in this shard, by its path below the folder that was asked for."""
        digest = hashlib.sha256(os.fsencode(_portable(relative))).digest()
        return int.from_bytes(digest[:8]) % self.count == self.index - 1


WHOLE = Shard()


def list_sources(
    paths: Iterable[str | Path], out: Path, subfolders: bool = False, shard: Shard = WHOLE
) -> InputListing:
    """List the files of these paths that belong to the shard; see find_files."""
    return listing_of(find_files(paths, out, subfolders), shard)


def find_files(paths: Iterable[str | Path], out: Path, subfolders: bool = False) -> list[Listed]:
    """Find the files that were named, and the photos and movies in folders, in order and each once.

    Leaves out the folder `out`, where results go, and folders that a link leads to a second time.
    """
    found: dict[str, Listed] = {}
    entered = {identity_of(out): "that of the results"}
    for path in map(str, map(Path, paths)):
        inside = list(walk_folder(path, why_not_photo_or_movie, subfolders, entered)) if os.path.isdir(path) else []
        if all(each.reason for each in inside):
            inside.append(Listed(path, os.path.basename(path)))  # reading it reports what is wrong
        found |= {each.path: each for each in inside if each.path not in found}
    return list(found.values())


def listing_of(found: list[Listed], shard: Shard = WHOLE) -> InputListing:
    """Name the results of what was found, and return the shard's part of it."""
    wanted = [each for each in found if not each.reason]
    named = zip(wanted, _names(wanted), strict=True)
    return InputListing(
        [Source(each.path, name) for each, name in named if shard.holds(each.relative)],
        [Skipped(each.path, each.reason) for each in found if each.reason and shard.holds(each.relative)],
    )


def _names(found: list[Listed]) -> list[str]:
    """Name results by the path below the folder without its suffix, or with it if others have the same (a.jpg and
    a.png); a name that is still not unique, or too long, is shortened and marked."""
    plain = [os.path.splitext(each.relative)[0] for each in found]
    counts = Counter(name.casefold() for name in plain)
    names = [name if counts[name.casefold()] == 1 else each.relative for name, each in zip(plain, found, strict=True)]
    counts = Counter(name.casefold() for name in names)
    keys = _keys(found)
    return [
        name if counts[name.casefold()] == 1 and _is_short(name) else _marked(name, key)
        for name, key in zip(names, keys, strict=True)
    ]


def _keys(found: list[Listed]) -> list[str]:
    """Return what tells the files from each other: the path below the folder that was asked for. Files of several
    folders that have the same one are told by their paths below the folder that all of these have in common."""
    alike: dict[str, list[str]] = {}
    for each in found:
        alike.setdefault(each.relative, []).append(_portable(each.path))
    common = {relative: _common_folders(paths) for relative, paths in alike.items() if len(paths) > 1}
    return [
        "/".join(_portable(each.path).split("/")[common[each.relative] :])
        if each.relative in common
        else _portable(each.relative)
        for each in found
    ]


def _common_folders(paths: list[str]) -> int:
    """Return the number of leading folders that all paths have in common."""
    split = [path.split("/") for path in paths]
    depths = (depth for depth, parts in enumerate(zip(*split, strict=False)) if len(set(parts)) > 1)
    return next(depths, min(map(len, split)))


def _portable(path: str) -> str:
    """Return a path with the separators that it has on all systems but Windows."""
    return path.replace(os.sep, "/")


def _is_short(name: str) -> bool:
    return len(os.fsencode(os.path.basename(name))) <= LONGEST_NAME


def _marked(name: str, key: str) -> str:
    """Shorten a name, and add the checksum of what tells its file from others."""
    folder, last = os.path.split(name)
    last = os.fsencode(last)[: LONGEST_NAME - 9].decode(errors="ignore")
    return os.path.join(folder, f"{last}-{zlib.crc32(os.fsencode(key)):08x}")
