# SPDX-License-Identifier: GPL-3.0-or-later
"""What a movie's container holds, read only to tell why OpenCV cannot decode the movie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nets.errors import UnreadableError
from nets.interface.movie_boxes import BOX_SIGNATURES, index_of, parts

PARENT_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
SOUND_SIGNATURES = re.compile(
    rb"ID3|\xff[\xfb\xf3\xf2\xf1\xf9]|fLaC|RIFF....WAVE|FORM....AIF|#!AMR|OggS.{24}.(?:vorbis|Opus)", re.DOTALL
)
NAMES = {
    **dict.fromkeys(("avc1", "avc3", "V_MPEG4/ISO/AVC"), "H.264"),
    **dict.fromkeys(("hvc1", "hev1", "V_MPEGH/ISO/HEVC"), "H.265"),
    **dict.fromkeys(("av01", "V_AV1"), "AV1"),
    **dict.fromkeys(("vp09", "V_VP9"), "VP9"),
    **dict.fromkeys(("apch", "apcn", "apcs", "apco", "ap4h", "ap4x"), "ProRes"),
    **dict.fromkeys(("aprn", "aprh"), "ProRes RAW"),
    **dict.fromkeys(("brxq", "brst", "brvn", "brhq", "brlt", "braw"), "Blackmagic RAW"),
    "CFHD": "CineForm",
    "R3D1": "REDCODE",
}
HEAD = 1 << 20  # bytes of a file in which Matroska and AVI announce their streams


@dataclass(frozen=True)
class Contents:
    """The streams of a movie.

    codecs: of the pictures, by their names in the container; sound: whether there is any; known: whether the format of
    the container is; whole: False if an MP4 file lacks its index.
    """

    codecs: list[str]
    sound: bool
    known: bool = True
    whole: bool = True


def why_unreadable(path: Path) -> UnreadableError:
    """Return the error, with the reason, for a movie that OpenCV cannot open."""
    convert = "Convert it to H.264 in an MP4 file"
    try:
        size = path.stat().st_size if not path.is_dir() else -1
        contents = contents_of(path) if size > 0 else None
    except FileNotFoundError:
        return UnreadableError("no such file", path, "Find the file again, or remove it from the list")
    except OSError as error:
        return UnreadableError(error.strerror or "cannot be opened", path, "Look at the file's permissions")
    if size < 0:
        return UnreadableError("a folder, not a movie", path)
    if size == 0:
        return UnreadableError("the file is empty", path, "Copy it again")
    if not contents.whole:
        return UnreadableError("the movie is cut short: its index is missing", path, "Copy or record it again")
    if contents.codecs:
        named = ", ".join(f"{NAMES[codec]} ({codec})" if codec in NAMES else codec for codec in contents.codecs)
        return UnreadableError(f"pictures coded as {named} cannot be decoded here, or are damaged", path, convert)
    if contents.sound:
        return UnreadableError("there is sound in it, but no picture", path, "Choose the movie that has the pictures")
    if contents.known:
        return UnreadableError("there is not one frame in it", path, "Record or export it again")
    return UnreadableError("not a movie in a known format", path, convert)


def contents_of(path: Path) -> Contents:
    """Read what a movie file announces. Raises OSError."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head[4:8] in BOX_SIGNATURES:
        return _mp4_contents(path)
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        names = [name.decode() for name in re.findall(rb"\x86[\x80-\xbf]([VA]_[A-Z0-9/._]+)", head)]
        return Contents([name for name in names if name[0] == "V"], any(name[0] == "A" for name in names))
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        streams = re.findall(rb"strh....(vids|auds)(....)", head, re.DOTALL)
        codecs = [code.decode("latin-1") for kind, code in streams if kind == b"vids"]
        return Contents(codecs, any(kind == b"auds" for kind, _ in streams))
    return Contents([], bool(SOUND_SIGNATURES.match(head)), known=False)


def _mp4_contents(path: Path) -> Contents:
    """Read the boxes of an MP4 file (ISO 14496-12): each track has a handler (hdlr) and sample descriptions (stsd)."""
    index = index_of(path)
    kinds, codecs = [], []
    for kind, payload in _boxes(index):
        if kind == b"hdlr" and payload[8:12] in (b"vide", b"soun"):
            kinds.append(payload[8:12])
        elif kind == b"stsd" and kinds and kinds[-1] == b"vide":
            codecs.append(payload[12:16].decode("latin-1"))
    return Contents(codecs, b"soun" in kinds, whole=bool(index))


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the type and the payload of the boxes in `data`, and of those within its parent boxes, in order."""
    for kind, payload in parts(data):
        if kind in PARENT_BOXES:
            yield from _boxes(payload)
        else:
            yield kind, payload
