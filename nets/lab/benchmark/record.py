# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench's lines, and the last version's figures beside them."""

from __future__ import annotations

import json
from pathlib import Path

from nets.errors import UnreadableError
from nets.io.files import replace_file
from nets.lab.benchmark.timing import Timing
from nets.model.processor import processor

HEADER = f"{'milliseconds':<40}{'median':>8}{'10 %':>8}{'90 %':>8}{'committed':>11}{'ratio':>7}"


def read_record(path: Path) -> tuple[str, dict[str, float]]:
    """(processor, name -> median ms) of an earlier run; empty if there is none. Raises UnreadableError."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return record["processor"], record["ms"]
    except FileNotFoundError:
        return "", {}
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableError(f"not a record ({error})", path, "Write it again: make bench ARGS=--record") from error


def write_record(path: Path, timings: dict[str, Timing]) -> None:
    figures = {name: round(timing.median, 3) for name, timing in timings.items()}
    replace_file(path, (json.dumps({"processor": processor(), "ms": figures}, indent=1) + "\n").encode())


def table(timings: dict[str, Timing], where: str, committed: dict[str, float]) -> str:
    """The times, beside the committed ones and as a ratio of them only if those are of this processor."""
    lines = [HEADER]
    same = where == processor()
    for name, timing in timings.items():
        line = f"{name:<40}{timing.median:>8.2f}{timing.low:>8.2f}{timing.high:>8.2f}"
        if same and (before := committed.get(name)):
            line += f"{before:>11.2f}{timing.median / before:>7.2f}"
        lines.append(line)
    if committed and not same:
        lines.append(f"(the committed times are of another processor: {where})")
    return "\n".join(lines)


def ratios(timings: dict[str, Timing], pairs: dict[str, tuple[str, str]]) -> list[str]:
    """A line for each pair of names, a title's numerator and denominator, of which both were timed."""
    return [
        f"{title:<40}{timings[ours].median / timings[theirs].median:>8.2f}"
        for title, (ours, theirs) in pairs.items()
        if ours in timings and theirs in timings
    ]
