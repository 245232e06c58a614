# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets batch`: capture faces as `reconstruct` does, on a Ray cluster."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from nets.batch.file_capturer import RunSettings
from nets.batch.journal import Journal
from nets.batch.listing import Source
from nets.batch.ray.file_transfer import FileTransfer
from nets.batch.ray.input_scan import InputScan
from nets.batch.ray.storage import download, is_address, results_at, upload
from nets.batch.run import Run, Work
from nets.commands.arguments import add_run_arguments, count, settings_of
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
        scan = InputScan(args.paths, args.out, folder, args.subfolders)
        capture_run = Run(folder, scan.listing, resume=args.resume, sheet=args.sheet, files=scan)
        try:
            options = settings.options()
        except BundleError as error:
            capture_run.refuse(error)
            raise
        with cluster_at(args.ray):
            return capture_run.conduct(work_of(args, settings, scan, folder), options)


def work_of(args: argparse.Namespace, settings: RunSettings, scan: InputScan, folder: Path) -> Work:
    """Return the work of a run that the cluster does; folder: of the journal and the report."""
    from nets.batch.ray.actor_pool import ActorPool
    from nets.batch.ray.duplicates import find_duplicates

    transfer = FileTransfer(os.getcwd(), args.out)
    actors = ActorPool(settings, transfer, args.actors)

    def work(sources: list[Source], journal: Journal) -> Iterator[list[InputEntry]]:
        saved = monotonic()
        duplicates = find_duplicates(sources, journal, scan, transfer) if settings.by_content else {}
        yield list(duplicates.values())
        left = [each for each in sources if each not in duplicates and not journal.holds(each, None)]
        for entries in actors.capture(left):
            if not is_address(args.out):
                check_results_are_here(entries, folder)
            yield entries
            if is_address(args.out) and monotonic() > saved + SAVE_EVERY:
                upload(folder, args.out)
                saved = monotonic()

    return work


@contextmanager
def cluster_at(address: str) -> Iterator[None]:
    """Connect to a Ray cluster. Raises UsageError without Ray, EngineError without a cluster."""
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
    """Yield the folder of the journal and the report: `out`, or a folder of this machine that is copied to `out`."""
    if not is_address(out):
        yield make_folder(out)
        return
    with TemporaryDirectory(prefix="prnet-") as scratch:
        if resume and JOURNAL in results_at(out):
            download(f"{out.rstrip('/')}/{JOURNAL}", Path(scratch))
        try:
            yield Path(scratch)
        finally:
            upload(Path(scratch), out)


def check_results_are_here(entries: list[InputEntry], folder: Path) -> None:
    """Check that other machines do not write to a folder of their own. Raises OutputError."""
    for file in (face["file"] for entry in entries for face in entry.faces):
        if not (folder / file).exists():
            remedy = "Share the folder with all machines, or write to an address such as s3://bucket/folder"
            raise OutputError("written by another machine, and not there on this one", folder / file, remedy)
