# SPDX-License-Identifier: GPL-3.0-or-later
"""The overview of a run: a page with a thumbnail of every photo, and a table for spreadsheets.

Both are written entry by entry, so that memory stays flat.
"""

from __future__ import annotations

import csv
from codecs import getwriter
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path

from nets.batch.sheet_page import HEAD, TAIL
from nets.interface.statuses import HANDLED, Status
from nets.io.files import replacing

UNSURE = 0.9  # confidence below which a face is marked
COLUMNS = (
    *("path", "frame", "status", "face", "confidence", "yaw", "pitch", "roll", "left", "top", "right", "bottom"),
    *("image_width", "image_height", "ms", "file", "error"),
)


def write_sheet(path: Path, entries: Iterable[dict], skipped: Iterable[dict]) -> None:
    """Write one HTML file with the thumbnails in it. Entries are those of the journal. Raises OutputError."""
    with replacing(path) as file:
        file.write(HEAD.encode())
        for index, entry in enumerate(entries):
            file.write(_card(entry, index).encode())
        file.write(b"</main>\n<details><summary>Files that were not tried</summary>\n")
        for each in skipped:
            file.write(f"<p>{escape(each['path'])}: {escape(each['reason'])}</p>\n".encode())
        file.write(TAIL.encode())


def write_table(path: Path, entries: Iterable[dict]) -> None:
    """Write a CSV file: a row per face, and one for each picture without a face. Raises OutputError.

    Units are pixels, degrees and milliseconds.
    """
    with replacing(path) as file:
        table = csv.DictWriter(getwriter("utf-8")(file), COLUMNS)
        table.writeheader()
        for entry in entries:
            table.writerows(_rows(entry))


def _rows(entry: dict) -> Iterator[dict]:
    width, height = entry.get("image_size") or (None, None)
    shared = {
        **{key: entry.get(key) for key in ("path", "frame", "status", "error")},
        **{"image_width": width, "image_height": height, "ms": round(sum(entry["ms"].values()), 1)},
    }
    if not entry["faces"]:
        yield shared
    for index, face in enumerate(entry["faces"]):
        box = dict(zip(("left", "top", "right", "bottom"), face["box"], strict=True))
        yield {**shared, "face": index, "confidence": face["confidence"], **face["pose"], **box, "file": face["file"]}


def _card(entry: dict, index: int) -> str:
    faces, took = entry["faces"], sum(entry["ms"].values())
    confidence = min((face["confidence"] for face in faces), default=2)
    turn = max((abs(face["pose"]["yaw"]) for face in faces), default=0)
    data = {"status": entry["status"], "index": index, "confidence": confidence, "turn": turn, "ms": took}
    attributes = " ".join(f'data-{key}="{escape(str(value))}"' for key, value in data.items())
    name = Path(entry["path"]).name + (f", frame {entry['frame']}" if "frame" in entry else "")
    return (
        f'<article title="{escape(entry["path"])}" {attributes}>\n'
        f'<div class="picture">{_picture(entry)}</div>\n'
        f'<div class="text"><p class="name">{escape(name)}</p>{"".join(_lines(entry, took))}</div>\n</article>\n'
    )


def _picture(entry: dict) -> str:
    thumbnail = entry.get("thumbnail")
    return f'<img alt="" src="data:image/jpeg;base64,{thumbnail}">' if thumbnail else "no picture"


def _lines(entry: dict, took: float) -> Iterator[str]:
    if entry["status"] != Status.OK:
        style = "quiet" if entry["status"] in HANDLED else "bad"
        yield f'<p class="{style}">{escape(entry["status"])}: {escape(entry["error"] or "")}</p>'
    for face in entry["faces"]:
        left, top, right, bottom = face["box"]
        style = ' class="unsure"' if face["confidence"] < UNSURE else ""
        yield f"<p{style}>confidence {face['confidence']:.2f}, {right - left:.0f} × {bottom - top:.0f} pixels</p>"
        yield "<p>yaw {yaw:z.0f}°, pitch {pitch:z.0f}°, roll {roll:z.0f}°</p>".format(**face["pose"])
        yield f'<p class="quiet">{escape(face["file"])}</p>'
    size = "{} × {}, ".format(*entry["image_size"]) if "image_size" in entry else ""
    yield f'<p class="quiet">{size}{took:.0f} ms</p>'
