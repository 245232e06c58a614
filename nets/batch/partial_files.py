# SPDX-License-Identifier: GPL-3.0-or-later
"""What a process that was killed in mid-write has left beside the results."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from nets.batch.listing import Source
from nets.io.files import parts_in

FACE = re.compile(r"(?P<picture>(?P<video>.+)_\d{6,}|.+)_\d+(_texture)?\.\w+", re.DOTALL)  # see FileCapturer


def remove_leftovers(out: Path, sources: Iterable[Source], reports: Collection[str]) -> None:
    """Removes halves of these sources' results in `out`, and of reports with these names. For whoever holds the journal
    of these sources while none of its own threads or machines is writing.

    A name tells whose a half is: every source belongs to one shard, and every shard to the one process that has locked
    its journal, wherever it runs. So what other runs are writing there now has other names, and stays. Its age or its
    writer's number would not tell: the writer may be slow, or on another machine.
    """
    names = {source.name for source in sources}
    for folder in {out, *((out / name).parent for name in names)}:
        for part, name in parts_in(folder):
            face = FACE.fullmatch(str((folder / name).relative_to(out)))
            if (folder == out and name in reports) or (face and not names.isdisjoint(face.group("picture", "video"))):
                with suppress(OSError):  # in nobody's way
                    part.unlink()
