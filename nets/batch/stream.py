# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture of many files in threads: while one is read, others are detected, predicted, built or written.

No more files are in work than there are threads, and one that waits, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from nets.batch.file_capturer import FileCapturer, fetch_with_fingerprint
from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.interface.text import printable
from nets.io.fingerprint import FileFingerprint
from nets.io.pictures import Fetched
from nets.io.read_ahead import read_ahead
from nets.io.report import InputEntry

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Item:
    source: Source
    fetched: Fetched
    fingerprint: FileFingerprint | None
    original: str | None  # path of an earlier photo with the same content


def capture_sources(
    sources: Iterable[Source], journal: Journal, capturer: FileCapturer, threads: int
) -> Iterator[list[InputEntry]]:
    """Capture the pictures that the journal does not hold yet, and yield their entries as they are done.

    Raises DiskFullError.
    """

    def work(item: _Item) -> InputEntry:
        if item.original is None:
            return capturer.capture(item.source, item.fetched, item.fingerprint)
        entry = InputEntry.of(item.fetched)
        entry.ms["read"], entry.fingerprint = item.fetched.ms, item.fingerprint
        entry.mark_duplicate(item.original)
        return entry

    return run_in_threads(read_ahead(_fetch_new(sources, journal, capturer.settings.by_content)), work, threads)


def _fetch_new(sources: Iterable[Source], journal: Journal, by_content: bool) -> Iterator[_Item]:
    """Fetch in order, so that of two photos with the same content the first is always the one that is captured."""
    for source in sources:
        if journal.holds(source, None):
            continue
        for fetched, fingerprint in fetch_with_fingerprint(source):
            if not journal.holds(source, fetched.frame):
                has_digest = by_content and fingerprint and fingerprint.digest
                original = journal.original(fingerprint.digest, printable(source.path)) if has_digest else None
                yield _Item(source, fetched, fingerprint, original)


def run_in_threads(items: Iterable[Item], work: Callable[[Item], Result], threads: int) -> Iterator[list[Result]]:
    """Yield work(item) of all items as they are done; at most one item more than there are threads is taken ahead."""
    with ThreadPoolExecutor(threads, "capture") as pool:
        pending: set[Future[Result]] = set()
        try:
            for item in items:
                pending.add(pool.submit(work, item))
                if len(pending) > threads:
                    done, pending = wait(pending, return_when=FIRST_COMPLETED)
                    yield [each.result() for each in done]
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                yield [each.result() for each in done]
        finally:
            pool.shutdown(cancel_futures=True)
