# SPDX-License-Identifier: GPL-3.0-or-later
"""Partial files next to the results: what a process leaves that is killed while it writes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from nets.batch.listing import Source
from nets.io.files import partial_files_in

FACE = re.compile(r"(?P<picture>(?P<movie>.+)_\d{6,}|.+)_\d+(_texture)?\.\w+", re.DOTALL)  # see FileCapturer


def remove_partial_files(out: Path, sources: Iterable[Source], reports: Collection[str]) -> None:
    """Remove the partial files of these sources' results in `out`, and those of reports with these names.

    Only the process that holds the journal of these sources may call it, while none of its threads or machines writes.
    The name tells which run a partial file belongs to: every source belongs to one shard, and every shard to the
    process that has locked its journal, so files that other runs are writing there have other names and stay. Neither
    age nor process number would tell, because the writer may be slow, or on another machine.
    """
    names = {source.name for source in sources}
    for folder in {out, *((out / name).parent for name in names)}:
        for partial, name in partial_files_in(folder):
            face = FACE.fullmatch(str((folder / name).relative_to(out)))
            if (folder == out and name in reports) or (face and not names.isdisjoint(face.group("picture", "movie"))):
                with suppress(OSError):  # it does no harm if it stays
                    partial.unlink()
