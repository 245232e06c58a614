# SPDX-License-Identifier: GPL-3.0-or-later
"""`make check-robustness`: damaged photos, clips, CSV files, results and models are opened as the product opens them.

Each is opened, or refused with a message: never a traceback, the end of the process, more than 30 s, or 2 GB. The
damage is the same in every run of the same seed; files that failed are kept.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np

from tests.robustness.mutation import mutate

KINDS = {"photo": 0.4, "clip": 0.25, "csv": 0.15, "results": 0.15, "model": 0.05}  # shares of the inputs
SECONDS, MEGABYTES = 30, 2048
ROOT = Path(__file__).parents[2]


class Opener:
    """The process that opens files; a new one after one that hung or died."""

    def __init__(self, log: Path):
        self._log, self._process = log.open("ab"), None

    def open(self, kind: str, path: Path) -> tuple[str, str, float]:
        """Return what became of a file, what was said, and the most megabytes that the process has had."""
        if self._process is None:
            command = [sys.executable, "-m", "tests.robustness.opener"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
            self._process = subprocess.Popen(command, text=True, cwd=ROOT, **pipes)
        timer = threading.Timer(SECONDS, self._process.kill)
        began = time.monotonic()
        timer.start()
        print(f"{kind}\t{path}", file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        timer.cancel()
        if answer:
            told = json.loads(answer)
            return told["outcome"], told["said"], told["megabytes"]
        self._process.wait()
        code, self._process = self._process.returncode, None
        hung = time.monotonic() - began >= SECONDS
        return ("hung" if hung else "died"), f"exit code {code}", 0.0

    def close(self) -> None:
        if self._process:
            self._process.stdin.close()
            self._process.wait()
        self._log.close()


def damaged(rng: np.random.Generator, whole: Path, kind: str, folder: Path) -> Path:
    """Write a damaged copy of one of the whole files of a kind, or of a folder in which one file is damaged."""
    if kind in ("results", "model"):
        path = folder / kind
        shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(whole / kind, path)
        file = chosen(rng, path)
        file.write_bytes(mutate(rng, file.read_bytes(), file.suffix))
        return path
    source = chosen(rng, whole / kind)
    path = folder / f"damaged{source.suffix}"
    path.write_bytes(mutate(rng, source.read_bytes(), source.suffix))
    return path


def chosen(rng: np.random.Generator, folder: Path) -> Path:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return files[rng.integers(len(files))]


def main() -> int:
    parser = argparse.ArgumentParser(prog="make check-robustness", description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="inputs (%(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=120, help="the run ends then (%(default)s)")
    parser.add_argument("--out", type=Path, default=ROOT / "out/robustness", help="where failed files are kept")
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.mkdir(parents=True)
    whole = args.out / "whole"
    subprocess.run([sys.executable, "-m", "tests.robustness.whole_files", str(whole)], cwd=ROOT, check=True)
    opener, outcomes, failures, most = Opener(args.out / "log.txt"), Counter(), [], 0.0
    ends = time.monotonic() + 60 * args.minutes
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.count):
            if time.monotonic() > ends:
                print(f"stopped after {number} of {args.count} inputs: {args.minutes} minutes are over")
                break
            rng = np.random.default_rng((args.seed, number))
            kind = rng.choice(list(KINDS), p=list(KINDS.values()))
            path = damaged(rng, whole, kind, Path(folder))
            outcome, said, megabytes = opener.open(kind, path)
            most = max(most, megabytes)
            outcomes[kind, outcome] += 1
            if outcome not in ("opened", "refused"):
                kept = args.out / f"{number:05}_{outcome}_{path.name}"
                (shutil.copytree if path.is_dir() else shutil.copy)(path, kept)
                failures.append(f"{kept}: {said}")
    opener.close()
    for (kind, outcome), count in sorted(outcomes.items()):
        print(f"{kind:<10}{outcome:<12}{count}")
    print(*failures, f"most memory: {most:.0f} MB", sep="\n")
    return 1 if failures or most > MEGABYTES else 0


if __name__ == "__main__":
    sys.exit(main())
