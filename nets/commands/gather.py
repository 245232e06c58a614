# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets gather DIR`: the reports of all shards become report.json."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

from nets.batch.journal import read_journals
from nets.batch.listing import Shard
from nets.batch.sheet import write_sheet, write_table
from nets.errors import UnreadableError
from nets.io.report import exit_code, write_report

JOURNAL = re.compile(r"report-(\d+)-of-(\d+)\.jsonl")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", type=Path, metavar="DIR", help="the --out of all shards")
    parser.add_argument("--sheet", action="store_true", help="also sheet.html and sheet.csv, if the shards had --sheet")


def run(args: argparse.Namespace) -> int:
    shards = find_shards(args.out)
    skipped, statuses = [], set()
    for report in (args.out / f"report{shard.ending}.json" for shard in shards):
        content = read_finished(report)
        skipped += content["skipped"]
        statuses |= {entry["status"] for entry in content["inputs"]}
    journals = [args.out / f"report{shard.ending}.jsonl" for shard in shards]
    write_report(args.out / "report.json", read_journals(journals), skipped)
    if args.sheet:
        write_sheet(args.out / "sheet.html", read_journals(journals), skipped)
        write_table(args.out / "sheet.csv", read_journals(journals))
    print(f"{len(shards)} shards gathered", file=sys.stderr)
    return exit_code(statuses)


def find_shards(out: Path) -> list[Shard]:
    """All of them. Raises UnreadableError if some are missing."""
    found = [Shard(*map(int, match.groups())) for match in map(JOURNAL.fullmatch, names(out)) if match]
    counts = {shard.count for shard in found}
    if len(counts) != 1:
        reason = f"shards of {len(counts)} different runs" if counts else "no shards' reports"
        raise UnreadableError(reason, out, "Gather the folder that all shards of one run wrote to")
    (count,) = counts
    shards = [Shard(index, count) for index in range(1, count + 1)]
    if missing := [f"{shard.index}/{count}" for shard in shards if shard not in found]:
        raise UnreadableError(f"missing shards: {', '.join(missing)}", out, "Run them too")
    return shards


def read_finished(report: Path) -> dict:
    try:
        content = json.loads(report.read_text(encoding="utf-8"))
        if content["complete"]:
            return content
    except (OSError, ValueError, KeyError):
        pass
    raise UnreadableError("this shard has not come to its end", report, "Run it again with --resume")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("report-*.jsonl")]
