# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a run as the user sees it: a bar on a terminal, a line per picture in a log, and a summary."""

from __future__ import annotations

import sys
from collections import Counter
from time import perf_counter

from tqdm import tqdm

from nets.interface.statuses import HANDLED, Status
from nets.io.report import InputEntry
from nets.io.stopwatch import no_time


class RunProgress:
    """The progress of a run over `total` files. A movie counts as one until its frames are read."""

    def __init__(self, total: int):
        self.statuses: Counter[str] = Counter()
        self._faces, self._ms, self._start = 0, no_time(), perf_counter()
        self._bar = tqdm(total=total, unit="photo", smoothing=0.05, disable=not sys.stderr.isatty())

    def __enter__(self) -> RunProgress:
        return self

    def __exit__(self, *_) -> None:
        self._bar.close()

    def show(self, entries: list[InputEntry]) -> None:
        """Count entries that are done, and show those that failed."""
        for entry in entries:
            self.statuses[entry.status] += 1
            self._faces += len(entry.faces)
            for stage, ms in entry.ms.items():
                self._ms[stage] += ms
            if self._bar.disable or entry.status not in HANDLED:
                self._bar.write(describe(entry), file=sys.stderr)
        self._bar.total = max(self._bar.total, self._bar.n + len(entries))
        self._bar.update(len(entries))
        failed = sum(count for status, count in self.statuses.items() if status not in HANDLED)
        self._bar.set_postfix(faces=self._faces, failed=failed, refresh=False)

    def summary(self) -> str:
        """Return counts, rate, and the time of each stage per picture, summed over the threads."""
        seconds, count = perf_counter() - self._start, sum(self.statuses.values())
        if not count:
            return "nothing to do"
        found = ", ".join(f"{number} {status}" for status, number in sorted(self.statuses.items()))
        means = {stage: ms / count for stage, ms in self._ms.items()}
        stages = ", ".join(f"{stage} {mean:.0f}" for stage, mean in means.items())
        return (
            f"{count} pictures in {seconds:.0f} s, {count / seconds:.2f} per second; faces: {self._faces}; {found}\n"
            f"{seconds / count * 1e3:.0f} ms per picture; by stage: {stages} ms; slowest: {max(means, key=means.get)}"
        )


def describe(entry: InputEntry) -> str:
    """Describe an entry in one line, whatever characters the file's name holds."""
    frame = "" if entry.frame is None else f" frame {entry.frame}"
    if entry.status == Status.OK:
        ms = ", ".join(f"{stage} {ms:.0f}" for stage, ms in entry.ms.items())
        text = f"{len(entry.faces)} face{'s' * (len(entry.faces) != 1)} ({ms} ms)"
    else:
        text = f"{entry.status} ({entry.error})"
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in f"{entry.path}{frame}: {text}")
