# SPDX-License-Identifier: GPL-3.0-or-later
"""The inputs of a run in folders and at addresses, and the results of an earlier run."""

from __future__ import annotations

from pathlib import Path

from nets.batch.journal import LocalFiles
from nets.batch.listing import InputListing, find_files, listing_of
from nets.batch.ray.storage import find_at, is_address, results_at
from nets.interface.text import printable
from nets.io.fingerprint import FileFingerprint


class InputScan(LocalFiles):
    """The files that a run captures, found once, wherever they are.

    out: folder or address of the results; folder: of the journal. Raises UsageError and UnreadableError for addresses.
    """

    def __init__(self, paths: list[str], out: str, folder: Path, subfolders: bool):
        super().__init__(folder)
        found = find_files([path for path in paths if not is_address(path)], folder, subfolders)
        self._fingerprints: dict[str, FileFingerprint] = {}
        for each, fingerprint in (pair for path in paths if is_address(path) for pair in find_at(path, subfolders)):
            found.append(each)
            self._fingerprints[printable(each.path)] = fingerprint
        self._results = results_at(out) if is_address(out) else None
        self.listing: InputListing = listing_of(found)

    def fingerprint(self, path: str) -> FileFingerprint | None:
        return self._fingerprints.get(path) or super().fingerprint(path)

    def has(self, result: str) -> bool:
        return super().has(result) if self._results is None else result in self._results
