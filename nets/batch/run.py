# SPDX-License-Identifier: GPL-3.0-or-later
"""A run from its list of files to its report. The work is done by threads here, or by other machines."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from nets.batch.journal import Journal, LocalFiles
from nets.batch.listing import WHOLE, InputListing, Shard, Source
from nets.batch.partial_files import remove_partial_files
from nets.batch.progress import RunProgress
from nets.batch.sheet import write_sheet, write_table
from nets.errors import CaptureError
from nets.interface.text import printable
from nets.io.report import InputEntry, exit_code, write_report

Work = Callable[[list[Source], Journal], Iterator[list[InputEntry]]]


@dataclass(frozen=True)
class Run:
    """A run over a listing, with results and report in `out`."""

    out: Path
    listing: InputListing
    shard: Shard = WHOLE
    resume: bool = False
    sheet: bool = False
    files: LocalFiles | None = None  # if photos or results lie elsewhere than in folders

    @property
    def report(self) -> Path:
        return self.out / f"report{self.shard.ending}.json"

    @property
    def page(self) -> Path:
        return self.out / f"sheet{self.shard.ending}.html"

    @property
    def table(self) -> Path:
        return self.page.with_suffix(".csv")

    @property
    def journal(self) -> Path:
        return self.report.with_suffix(".jsonl")

    def conduct(self, work: Work, options: dict) -> int:
        """Do the work, keep the journal, write the report, and return the exit code. Raises DiskFullError.

        work: yields the entries of what the journal does not hold yet, each as soon as its results are written;
        options: what the results depend on, which a resumed run compares. The report is written even if the run is
        interrupted.
        """
        with Journal(self.journal, options, self.resume, self.files) as journal:
            self.report.unlink(missing_ok=True)
            self._clean()
            left = sum(not journal.holds(source, None) for source in self.listing.sources)
            if left < len(self.listing.sources):
                print(f"{len(self.listing.sources) - left} files were done before", file=sys.stderr)
            if self.listing.skipped:
                print(f"{len(self.listing.skipped)} files are not photos or videos: see the report", file=sys.stderr)
            with RunProgress(left) as progress:
                try:
                    for entries in work(self.listing.sources, journal):
                        journal.add(entries)
                        progress.show(entries)
                    self._clean()
                    self._publish(journal, complete=True)
                except BaseException:
                    with suppress(CaptureError):  # the error that stopped the run matters more
                        self._publish(journal, complete=False)
                    print("stopped before the end: the same command with --resume goes on from here", file=sys.stderr)
                    raise
            print(progress.summary(), file=sys.stderr)
        return exit_code(progress.statuses)

    def refuse(self, error: CaptureError) -> None:
        """Write a report in which every file failed for the same reason."""
        entries = [InputEntry(printable(source.path)) for source in self.listing.sources]
        for entry in entries:
            entry.fail(error)
        write_report(self.report, (entry.to_json() for entry in entries), complete=False)

    def _clean(self) -> None:
        """Remove what processes left that were killed: earlier runs of these photos, or workers of this one."""
        remove_partial_files(self.out, self.listing.sources, {self.report.name, self.page.name, self.table.name})

    def _publish(self, journal: Journal, complete: bool) -> None:
        order = [printable(source.path) for source in self.listing.sources]
        skipped = [{"path": printable(each.path), "reason": each.reason} for each in self.listing.skipped]
        write_report(self.report, journal.entries(order), skipped, complete)
        if self.sheet:
            write_sheet(self.page, journal.entries(order), skipped)
            write_table(self.table, journal.entries(order))
