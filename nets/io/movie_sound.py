# SPDX-License-Identifier: GPL-3.0-or-later
"""The sound of one MP4 or MOV file put into another, as it is coded (ISO 14496-12, QuickTime File Format).

Chunks of the sound are copied, and its track is added to the other movie's index, with the chunks' new places. What
other containers hold, and movies in fragments, cannot be taken over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nets.interface.movie_boxes import find, index_of, parts

SOUND = b"soun"
OFFSETS = {b"stco": "I", b"co64": "Q"}  # boxes of chunks' places, and the form of each place
PARENTS = (b"trak", b"edts", b"mdia", b"minf", b"stbl")


@dataclass(frozen=True)
class Sound:
    """A sound track. movie: the file that it is in; track: its box `trak`; scale: the movie's time units per second;
    chunks: (place, size) in bytes of the file."""

    movie: Path
    track: bytes
    scale: int
    chunks: list[tuple[int, int]]


def sound_of(movie: Path) -> Sound | None:
    """Return the first sound track of a movie, None if it has none, or none that can be copied. Raises OSError."""
    index = index_of(movie)
    try:
        scale = _scale(find(index, b"mvhd"))
        for track in _tracks(index):
            if find(track, b"mdia", b"hdlr")[8:12] == SOUND:
                chunks = _chunks(find(track, b"mdia", b"minf", b"stbl"))
                return Sound(movie, box(b"trak", track), scale, chunks) if chunks else None
    except (KeyError, ValueError, IndexError, struct.error):
        return None  # damaged, or of another kind
    return None


def with_sound(movie: bytes, sound: Sound) -> bytes:
    """Return an MP4 file of one track, whose index is its last box, with the sound of another one. Raises OSError."""
    start = 0
    while movie[start + 4 : start + 8] != b"moov":
        start += _size_at(movie, start)
    samples, places = bytearray(), []
    with sound.movie.open("rb") as file:
        for place, size in sound.chunks:
            file.seek(place)
            places.append(start + 8 + len(samples))
            samples += file.read(size)
    index = movie[start + 8 : start + _size_at(movie, start)]
    number = max(_track_number(find(track, b"tkhd")) for track in _tracks(index)) + 1
    factor = _scale(find(index, b"mvhd")) / sound.scale
    track = _relaid(sound.track, places, number, factor)
    boxes = []
    for kind, content in parts(index):
        head = content[:-4] + struct.pack(">I", number + 1) if kind == b"mvhd" else content
        boxes.append(box(kind, head))
        if kind == b"trak":
            boxes.append(track)  # OpenCV's movies have one track
    return movie[:start] + box(b"mdat", bytes(samples)) + box(b"moov", b"".join(boxes))


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box of an MP4 file."""
    return struct.pack(">I4s", len(content) + 8, kind) + content


def _size_at(content: bytes, position: int) -> int:
    """Return the size of the box at a position. Raises struct.error if it makes no sense."""
    (size,) = struct.unpack_from(">I", content, position)
    if size == 1:
        (size,) = struct.unpack_from(">Q", content, position + 8)
    if size < 8:
        raise struct.error("a box of no size")
    return size


def _tracks(index: bytes) -> Iterator[bytes]:
    return (content for kind, content in parts(index) if kind == b"trak")


def _scale(header: bytes) -> int:
    """Return the time units per second of a movie's header."""
    return struct.unpack_from(">I", header, 20 if header[0] else 12)[0]


def _track_number(header: bytes) -> int:
    return struct.unpack_from(">I", header, 20 if header[0] else 12)[0]


def _chunks(table: bytes) -> list[tuple[int, int]]:
    """Return place and size of the chunks of a sample table; none where the sizes are not told."""
    kind = b"stco" if any(each == b"stco" for each, _ in parts(table)) else b"co64"
    places = _entries(find(table, kind), OFFSETS[kind])
    runs = list(struct.iter_unpack(">3I", find(table, b"stsc")[8:]))
    size, samples = struct.unpack_from(">2I", find(table, b"stsz"), 4)
    if size == 1 or not places:  # samples of QuickTime's plain sound, whose size the codec's description tells
        return []
    sizes = [size] * samples if size else list(struct.unpack_from(f">{samples}I", find(table, b"stsz"), 12))
    ends = [first - 1 for first, _, _ in runs[1:]] + [len(places)]
    in_chunk = [run[1] for run, end in zip(runs, ends, strict=True) for _ in range(run[0] - 1, end)]
    chunks, sample = [], 0
    for place, number in zip(places, in_chunk, strict=True):
        chunks.append((place, sum(sizes[sample : sample + number])))
        sample += number
    return chunks


def _entries(content: bytes, form: str) -> list[int]:
    (count,) = struct.unpack_from(">I", content, 4)
    return list(struct.unpack_from(f">{count}{form}", content, 8))


def _relaid(track: bytes, places: list[int], number: int, factor: float) -> bytes:
    """Return a track with its chunks at other places, another number, and times by another scale.

    track: its box. factor: time units of the new movie per unit of the old one
    """

    def changed(kind: bytes, content: bytes) -> bytes:
        wide = content[:1] == b"\1"  # version 1 has times of 64 bits
        if kind in PARENTS:
            return box(kind, b"".join(changed(*part) for part in parts(content)))
        if kind in OFFSETS:
            return box(b"co64", content[:4] + struct.pack(f">I{len(places)}Q", len(places), *places))
        if kind == b"tkhd":
            at, form = (20, ">I4xQ") if wide else (12, ">I4xI")
            fields = struct.pack(form, number, round(struct.unpack_from(form, content, at)[1] * factor))
            return box(kind, content[:at] + fields + content[at + len(fields) :])
        if kind == b"elst":
            form = ">QqI" if wide else ">IiI"
            edits = struct.iter_unpack(form, content[8:])
            return box(kind, content[:8] + b"".join(struct.pack(form, round(d * factor), *rest) for d, *rest in edits))
        return box(kind, content)

    [(kind, content)] = parts(track)
    return changed(kind, content)
