# SPDX-License-Identifier: GPL-3.0-or-later
"""Many files at once, in threads: while one is read, others are searched, go through the network, become meshes or
are written. So many are in hand that every thread has one, and no more: memory is flat however long the list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from nets.batch.file_capturer import FileCapturer, fetch_stamped
from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.io.fingerprint import Stamp
from nets.io.pictures import Fetched
from nets.io.read_ahead import read_ahead
from nets.io.report import InputEntry, printable

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Item:
    source: Source
    fetched: Fetched
    stamp: Stamp | None
    original: str | None  # path of a photo with the same content that came before


def capture_sources(
    sources: Iterable[Source], journal: Journal, capturer: FileCapturer, threads: int
) -> Iterator[list[InputEntry]]:
    """What became of the pictures that the journal does not hold yet, as they are done.

    Raises DiskFullError.
    """

    def work(item: _Item) -> InputEntry:
        if item.original is None:
            return capturer.capture(item.source, item.fetched, item.stamp)
        entry = InputEntry.of(item.fetched)
        entry.ms["read"], entry.stamp = item.fetched.ms, item.stamp
        entry.repeat(item.original)
        return entry

    return in_flight(read_ahead(_fetch_new(sources, journal, capturer.settings.by_content)), work, threads)


def _fetch_new(sources: Iterable[Source], journal: Journal, by_content: bool) -> Iterator[_Item]:
    """In order: of two photos with the same content it is always the first that is captured."""
    for source in sources:
        if journal.holds(source, None):
            continue
        for fetched, stamp in fetch_stamped(source):
            if not journal.holds(source, fetched.frame):
                has_digest = by_content and stamp and stamp.digest
                original = journal.original(stamp.digest, printable(source.path)) if has_digest else None
                yield _Item(source, fetched, stamp, original)


def in_flight(items: Iterable[Item], work: Callable[[Item], Result], threads: int) -> Iterator[list[Result]]:
    """work(item) of all, as they are done; one item more than there are threads in hand."""
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
