# SPDX-License-Identifier: GPL-3.0-or-later
"""Results that depend on files, remembered so that panels can ask for them at every redraw."""

import os
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path


class FileCache:
    """Remembers what a function returned until one of the files that it read has changed."""

    def __init__(self):
        self._known: dict[Hashable, tuple[tuple, object]] = {}

    def get(self, key: Hashable, files: Iterable[Path], compute: Callable[[], object]):
        """Return what compute() returned the last time, or call it if one of the files was changed, made or deleted.

        key: tells the results of different computations apart.
        """
        versions = tuple(map(_version, files))
        known = self._known.get(key)
        if known is None or known[0] != versions:
            known = self._known[key] = versions, compute()
        return known[1]


def _version(path):
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
