# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets gather`: make one report of those of all shards."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nets.batch.journal import read_journals
from nets.batch.listing import Shard
from nets.batch.sheet import write_sheet, write_table
from nets.errors import UnreadableError
from nets.io.report import exit_code, is_complete, read_skipped, write_report

JOURNAL = re.compile(r"report-(\d+)-of-(\d+)\.jsonl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="DIR", help="the --out of all shards")
    parser.add_argument("--sheet", action="store_true", help="also sheet.html and sheet.csv, if the shards had --sheet")


def run(args: argparse.Namespace) -> int:
    shards = find_shards(args.out)
    reports = [args.out / f"report{shard.ending}.json" for shard in shards]
    for report in reports:
        if not is_complete(report):
            raise UnreadableError("this shard has not come to its end", report, "Run it again with --resume")
    journals = [report.with_suffix(".jsonl") for report in reports]
    statuses: set[str] = set()

    def entries() -> Iterator[dict]:
        for entry in read_journals(journals):
            statuses.add(entry["status"])
            yield entry

    def skipped() -> Iterator[dict]:
        return (each for report in reports for each in read_skipped(report))

    write_report(args.out / "report.json", entries(), skipped())
    if args.sheet:
        write_sheet(args.out / "sheet.html", entries(), skipped())
        write_table(args.out / "sheet.csv", entries())
    print(f"{len(shards)} shards gathered", file=sys.stderr)
    return exit_code(statuses)


def find_shards(out: Path) -> list[Shard]:
    """Find the shards of a run by their journals. Raises UnreadableError if some are missing."""
    names = [path.name for path in out.glob("report-*.jsonl")]
    found = [Shard(*map(int, match.groups())) for match in map(JOURNAL.fullmatch, names) if match]
    counts = {shard.count for shard in found}
    if len(counts) != 1:
        reason = f"shards of {len(counts)} different runs" if counts else "no shards' reports"
        raise UnreadableError(reason, out, "Gather the folder that all shards of one run wrote to")
    (count,) = counts
    shards = [Shard(index, count) for index in range(1, count + 1)]
    if missing := [f"{shard.index}/{count}" for shard in shards if shard not in found]:
        raise UnreadableError(f"missing shards: {', '.join(missing)}", out, "Run them too")
    return shards
