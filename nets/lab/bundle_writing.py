# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing several files of a bundle as one, so that its checksums always fit them."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a copy of the folder, empty if there is none, that takes the folder's place when the block ends.

    If the block raises, the folder stays as it was.
    """
    copy, old = (folder.with_name(f".{folder.name}.{os.getpid()}.{suffix}") for suffix in ("part", "old"))
    try:
        if folder.exists():
            shutil.copytree(folder, copy)
        else:
            copy.mkdir(parents=True)
        yield copy
        if folder.exists():
            folder.rename(old)  # a folder with files in it cannot be replaced in one step
        try:
            copy.rename(folder)
        except BaseException:
            if old.exists():
                old.rename(folder)
            raise
    finally:
        shutil.rmtree(copy, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
