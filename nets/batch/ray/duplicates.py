# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos with the same content, found before a run on a cluster begins.

The result does not depend on which machine reads a photo or answers first, so it is that of a run on one machine.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import ray
from ray.exceptions import RayError, RayTaskError

from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.batch.ray.actor_pool import error_of
from nets.batch.ray.file_transfer import FileTransfer
from nets.batch.ray.input_scan import InputScan
from nets.errors import EngineError
from nets.interface.file_kinds import is_movie
from nets.interface.text import printable
from nets.io.report import InputEntry

FILES_PER_TASK = 32


def find_duplicates(
    sources: list[Source], journal: Journal, scan: InputScan, transfer: FileTransfer
) -> dict[Source, InputEntry]:
    """Find the sources, among those that the journal does not hold yet, that have the content of an earlier one.

    Returns the report's entry of each. Only files of the same size are read: few others could have the same content.
    """
    fingerprints = {
        source: fingerprint
        for source in sources
        if not is_movie(source.path) and (fingerprint := scan.fingerprint(source.path))
    }
    counts = Counter(fingerprint.bytes for fingerprint in fingerprints.values())
    candidates = [
        each
        for each, fingerprint in fingerprints.items()
        if counts[fingerprint.bytes] > 1 and not journal.holds(each, None)
    ]
    duplicates = {}
    for source, digest in zip(candidates, _digests(candidates, transfer), strict=True):
        path = printable(source.path)
        if digest and (original := journal.original(digest, path)):
            duplicates[source] = InputEntry(path, fingerprint=replace(fingerprints[source], digest=digest))
            duplicates[source].mark_duplicate(original)
    return duplicates


def _digests(sources: list[Source], transfer: FileTransfer) -> Iterator[str | None]:
    if sources:
        print(f"{len(sources)} files have the size of another: comparing them", file=sys.stderr)
    try:
        starts = range(0, len(sources), FILES_PER_TASK)
        for digests in ray.get([_read.remote(transfer, sources[start : start + FILES_PER_TASK]) for start in starts]):
            yield from digests
    except RayTaskError as error:
        raise error_of(error) from None
    except RayError as error:
        raise EngineError(f"the machines of the cluster die as they read the photos ({error})") from None


@ray.remote
def _read(transfer: FileTransfer, sources: list[Source]) -> list[str | None]:
    transfer.enter_folder()
    return [transfer.digest(source) for source in sources]
