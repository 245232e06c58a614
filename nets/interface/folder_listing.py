# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a folder: those that are wanted, and why the others are left out.

The rules are the same wherever a folder is captured. Hidden files and folders are left out. Links are followed, but
no folder is entered twice. A link that leads nowhere counts as a file, so that reading it reports what is wrong.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

Identity = tuple[int, int]


@dataclass(frozen=True)
class Listed:
    """An entry of a folder. relative: its path below the folder that was asked for; reason: why it is left out, empty
    if it is not."""

    path: str
    relative: str
    reason: str = ""


def walk_folder(
    folder: str | Path,
    wanted: Callable[[str], bool],
    subfolders: bool = False,
    entered: dict[Identity, str] | None = None,
) -> Iterator[Listed]:
    """Yield the entries of a folder, and with `subfolders` of the folders below it, sorted by name.

    `wanted` takes a path and returns whether its name is one of the files to list. `entered` holds the folders that
    must not be entered any more, by identity, each with the words for it; those that are entered are added. A folder
    that cannot be read is yielded itself, as if it were a file.
    """
    entered = {} if entered is None else entered
    entered.setdefault(identity_of(folder), str(folder))
    yield from _walk(str(folder), "", wanted, subfolders, entered)


def identity_of(path: str | Path) -> Identity:
    """Return what tells whether two paths lead to the same folder. Raises OSError."""
    info = os.stat(path)
    return info.st_dev, info.st_ino


def _walk(
    folder: str, below: str, wanted: Callable[[str], bool], subfolders: bool, entered: dict[Identity, str]
) -> Iterator[Listed]:
    try:
        with os.scandir(folder) as entries:
            entries = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield Listed(folder, below or os.path.basename(folder))
        return
    for entry in entries:
        path, relative = entry.path, os.path.join(below, entry.name)
        mode = _mode(entry)
        if entry.name.startswith("."):
            yield Listed(path, relative, "hidden")
        elif stat.S_ISDIR(mode):
            identity = identity_of(path)
            if not subfolders:
                yield Listed(path, relative, "a subfolder, and subfolders were not asked for")
            elif identity in entered:
                yield Listed(path, relative, f"the same folder as {entered[identity]}")
            else:
                entered[identity] = path
                yield from _walk(path, relative, wanted, subfolders, entered)
        elif not wanted(path):
            yield Listed(path, relative, "neither a photo nor a video by its name")
        elif mode and not stat.S_ISREG(mode):
            yield Listed(path, relative, "not a file but a device, a pipe or the like")
        else:
            yield Listed(path, relative)


def _mode(entry: os.DirEntry) -> int:
    """Return the mode of what an entry leads to; 0 if it leads nowhere."""
    if entry.is_file(follow_symlinks=False):  # known without a look at the file, unlike the rest
        return stat.S_IFREG
    try:
        return os.stat(entry.path).st_mode
    except OSError:
        return 0
