# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a folder: those that are wanted, and why the others are left out.

The rules are the same wherever a folder is captured: hidden files and folders are left out; links are followed, but no
folder is entered twice; a link that leads nowhere counts as a file, so that reading it reports what is wrong.
"""

import os
import stat
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Listed:
    """An entry of a folder.

    relative: its path below the folder that was asked for; reason: why it is left out, empty if it is not;
    is_folder: whether it is a folder, which was not entered.
    """

    path: str
    relative: str
    reason: str = ""
    is_folder: bool = False


def walk_folder(
    folder: str | Path,
    why_unwanted: Callable[[str], str],
    subfolders: bool = False,
    entered: dict[Hashable, str] | None = None,
) -> Iterator[Listed]:
    """Yield the entries of a folder, and with `subfolders` of the folders below it, sorted by name.

    why_unwanted: takes a path and returns the reason why a file of that name is left out, empty if it is wanted.
    entered: folders that must not be entered again, by identity_of, each with the words for it in a reason; those that
    are entered are added. A folder that cannot be read is yielded as if it were a file.
    """
    entered = {} if entered is None else entered
    entered.setdefault(identity_of(folder), str(folder))
    yield from _walk(str(folder), "", why_unwanted, subfolders, entered)


def identity_of(path: str | Path) -> Hashable:
    """Return a value that is the same for two paths if they lead to the same folder. Raises OSError."""
    info = os.stat(path)
    return (info.st_dev, info.st_ino) if info.st_ino else os.path.realpath(path)  # network drives may have no numbers


def _walk(
    folder: str, below: str, why_unwanted: Callable[[str], str], subfolders: bool, entered: dict[Hashable, str]
) -> Iterator[Listed]:
    try:
        with os.scandir(folder) as entries:
            entries = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        yield Listed(folder, below or os.path.basename(folder), is_folder=True)
        return
    for entry in entries:
        path, relative = entry.path, os.path.join(below, entry.name)
        mode = _mode(entry)
        is_folder = stat.S_ISDIR(mode)
        if entry.name.startswith("."):
            yield Listed(path, relative, "hidden", is_folder)
        elif is_folder:
            identity = identity_of(path)
            if not subfolders:
                yield Listed(path, relative, "a subfolder, and subfolders were not asked for", is_folder)
            elif identity in entered:
                yield Listed(path, relative, f"the same folder as {entered[identity]}", is_folder)
            else:
                entered[identity] = path
                yield from _walk(path, relative, why_unwanted, subfolders, entered)
        elif reason := why_unwanted(path):
            yield Listed(path, relative, reason)
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
