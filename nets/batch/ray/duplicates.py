# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos that are there twice, told before the capture begins: as the plain command tells them, whoever reads them and
in whatever order the machines answer."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import ray
from ray.exceptions import RayError, RayTaskError

from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.batch.ray.actor_pool import told
from nets.batch.ray.file_transfer import Courier
from nets.batch.ray.input_scan import Survey
from nets.errors import EngineError
from nets.io.pictures import is_video
from nets.io.report import InputEntry, printable

AT_ONCE = 32  # files that a machine is sent to read


def find_duplicates(
    sources: list[Source], journal: Journal, survey: Survey, courier: Courier
) -> dict[Source, InputEntry]:
    """Of the sources that the journal does not hold yet, those with the content of one before, each with its entry.

    Only files of the same size are read, on all machines: the same content has the same size, and few others have.
    """
    fingerprints = {
        source: fingerprint
        for source in sources
        if not is_video(source.path) and (fingerprint := survey.fingerprint(source.path))
    }
    counts = Counter(fingerprint.bytes for fingerprint in fingerprints.values())
    alike = [
        each
        for each, fingerprint in fingerprints.items()
        if counts[fingerprint.bytes] > 1 and not journal.holds(each, None)
    ]
    duplicates = {}
    for source, digest in zip(alike, _digests(alike, courier), strict=True):
        path = printable(source.path)
        if digest and (original := journal.original(digest, path)):
            duplicates[source] = InputEntry(path, fingerprint=replace(fingerprints[source], digest=digest))
            duplicates[source].repeat(original)
    return duplicates


def _digests(sources: list[Source], courier: Courier) -> Iterator[str | None]:
    if sources:
        print(f"{len(sources)} files have the size of another: comparing them", file=sys.stderr)
    try:
        starts = range(0, len(sources), AT_ONCE)
        for digests in ray.get([_read.remote(courier, sources[start : start + AT_ONCE]) for start in starts]):
            yield from digests
    except RayTaskError as error:
        raise told(error) from None
    except RayError as error:
        raise EngineError(f"the machines of the cluster die as they read the photos ({error})") from None


@ray.remote
def _read(courier: Courier, sources: list[Source]) -> list[str | None]:
    courier.arrive()
    return [courier.digest(source) for source in sources]
