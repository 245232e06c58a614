# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets batch`: what `reconstruct` does, on a Ray cluster."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from nets.batch.file_capturer import CaptureSettings
from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.batch.ray.file_transfer import Courier
from nets.batch.ray.input_scan import Survey
from nets.batch.ray.storage import deliver, fetch, is_address, results_at
from nets.batch.run import Run, Work
from nets.commands.reconstruct import add_run_arguments, count, settings_of
from nets.errors import BundleError, EngineError, OutputError, UsageError
from nets.io.files import make_folder
from nets.io.report import InputEntry

LOCAL = "local"
SAVE_EVERY = 60.0  # seconds between copies of the journal to a storage
JOURNAL = "report.jsonl"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--ray", default=LOCAL, metavar="ADDRESS", help="of a Ray cluster; local: this machine alone")
    parser.add_argument("--actors", type=count, metavar="N", help="workers with a model each (one per GPU, else CPU)")


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    with report_folder(args.out, args.resume) as folder:
        survey = Survey(args.paths, args.out, folder, args.subfolders)
        run = Run(folder, survey.listing, resume=args.resume, sheet=args.sheet, files=survey)
        try:
            options = settings.options()
        except BundleError as error:
            run.refuse(error)
            raise
        with cluster_at(args.ray):
            return run.conduct(work_of(args, settings, survey, folder), options)


def work_of(args: argparse.Namespace, settings: CaptureSettings, survey: Survey, folder: Path) -> Work:
    from nets.batch.ray.actor_pool import Crew
    from nets.batch.ray.duplicates import find_duplicates

    courier = Courier(os.getcwd(), args.out)
    crew = Crew(settings, courier, args.actors)

    def work(sources: list[Source], journal: Journal) -> Iterator[list[InputEntry]]:
        saved = monotonic()
        duplicates = find_duplicates(sources, journal, survey, courier) if settings.by_content else {}
        yield list(duplicates.values())
        left = [each for each in sources if each not in duplicates and not journal.holds(each, None)]
        for entries in crew.capture(left):
            if not is_address(args.out):
                see_that_they_are_here(entries, folder)
            yield entries
            if is_address(args.out) and monotonic() > saved + SAVE_EVERY:
                deliver(folder, args.out)
                saved = monotonic()

    return work


@contextmanager
def cluster_at(address: str) -> Iterator[None]:
    """Raises UsageError without Ray, EngineError without a cluster."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise UsageError("Ray is not installed", remedy="pip install -r requirements/ray.txt") from None
    own = {"include_dashboard": False} if address == LOCAL else {}
    try:
        ray.init(address, logging_level="warning", log_to_driver=False, **own)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise EngineError(
            f"no Ray cluster answers at {address} ({error})", remedy="Start one: ray start --head"
        ) from None
    try:
        yield
    finally:
        ray.shutdown()


@contextmanager
def report_folder(out: str, resume: bool) -> Iterator[Path]:
    """Where the journal and the report are written: `out` itself, or a folder of this machine that is copied there."""
    if not is_address(out):
        yield make_folder(out)
        return
    with TemporaryDirectory(prefix="prnet-") as scratch:
        if resume and JOURNAL in results_at(out):
            fetch(f"{out.rstrip('/')}/{JOURNAL}", Path(scratch))
        try:
            yield Path(scratch)
        finally:
            deliver(Path(scratch), out)


def see_that_they_are_here(entries: list[InputEntry], folder: Path) -> None:
    """Raises OutputError if other machines write to a folder of their own."""
    for file in (face["file"] for entry in entries for face in entry.faces):
        if not (folder / file).exists():
            remedy = "Share the folder with all machines, or write to an address such as s3://bucket/folder"
            raise OutputError("written by another machine, and not there on this one", folder / file, remedy)
