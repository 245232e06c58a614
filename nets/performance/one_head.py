# SPDX-License-Identifier: GPL-3.0-or-later
"""One head of a person from photos and clips: the frames of a clip that tell most of the head count as photos."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from nets.capture.finding import Boxes
from nets.errors import CaptureError, UnreadableError, UsageError
from nets.interface.file_kinds import is_movie
from nets.interface.text import printable
from nets.io.clip import Clip, open_clip
from nets.io.pictures import Picture, expand, read_picture, read_pictures
from nets.io.read_ahead import read_ahead
from nets.io.report import InputEntry
from nets.merge.head_texture import all_left_out
from nets.merge.merging import NO_WEIGHTS, Event, Merger, PhotoDone, Weights, weight_of
from nets.performance.head_frames import HeadFrame, Looked, choose_frames


@dataclass(frozen=True)
class HeadClip:
    """A clip in which a person turns the head.

    paths: a movie, or the images of a sequence
    first, last: of the frames that are looked through, both included; None: to the end
    chosen: the frames that count; None: they are chosen
    """

    paths: Sequence[str | Path]
    first: int = 0
    last: int | None = None
    chosen: Sequence[int] | None = None


@dataclass(frozen=True)
class ClipLooked:
    """A clip is looked through for frames. done of total have been examined."""

    path: Path
    done: int
    total: int


@dataclass(frozen=True)
class FramesChosen:
    """frames: of the clip at that path, from 0, that count"""

    path: Path
    frames: list[int]


def one_head(
    merger: Merger,
    paths: Sequence[str | Path],
    boxes: Boxes,
    cancelled: Callable[[], bool] = lambda: False,
    clips: Sequence[HeadClip] = (),
    weights: Weights = NO_WEIGHTS,
) -> Iterator[Event | ClipLooked | FramesChosen]:
    """Yield events, the last one a MergedHead unless cancelled.

    paths: photos, movies and folders of them; boxes: of their faces, for pictures in which none are to be looked for
    weights: of pictures in the texture, see Merger.merge

    Raises UsageError if there is only one photo, if a weight is of another picture, or if no picture counts in the
    texture; NoFaceError if fewer than two pictures show a face.
    """
    files = list(dict.fromkeys(expand(paths)))
    clips = [*clips, *(HeadClip([path]) for path in files if is_movie(path))]
    photos = [path for path in files if not is_movie(path)]
    if len(photos) < 2 and not clips:
        remedy = "Choose more photos of the person, or a clip in which the head turns"
        raise UsageError("a head is merged from two photos or more", remedy=remedy)
    found, boxes = [], dict(boxes)
    for clip in clips:
        try:
            opened = open_clip(clip.paths)
            frames = yield from _frames_of(opened, clip, merger, cancelled)
        except CaptureError as error:  # the others may be enough
            entry = InputEntry(printable(Path(clip.paths[0])))
            entry.fail(error)
            yield PhotoDone(entry, Path(clip.paths[0]), 0, 1)
            continue
        if cancelled():
            return
        yield FramesChosen(opened.path, [frame.index for frame in frames])
        found += [(opened, frame.index) for frame in frames]
        boxes |= {_key(opened, frame.index): frame.box[None] for frame in frames if frame.box is not None}
    check_weights(weights, [*((path, None) for path in photos), *(_name(*each) for each in found)])
    pictures = chain(read_pictures(photos), read_ahead(_picture(*each) for each in found))
    yield from merger.merge(pictures, len(photos) + len(found), boxes, cancelled, weights)


def check_weights(weights: Weights, pictures: Sequence[tuple[Path, int | None]]) -> None:
    """Raise UsageError if a weight is of none of the pictures, or if all of them are left out.

    pictures: path, and frame of a movie
    """
    known = {(name, frame) for path, frame in pictures for name in (str(path), path.name)}
    for name, frame in weights:
        if (name, frame) not in known:
            which = name if frame is None else f"frame {frame} of {name}"
            raise UsageError(f"a weight is for {printable(which)}, which is none of the pictures of the head")
    if weights and not any(weight_of(weights, *picture) for picture in pictures):
        raise all_left_out()


def _frames_of(
    opened: Clip, clip: HeadClip, merger: Merger, cancelled: Callable[[], bool]
) -> Iterator[ClipLooked | list[HeadFrame]]:
    """Yield progress, and return the frames that count."""
    if clip.chosen is not None:
        return [HeadFrame(index) for index in dict.fromkeys(clip.chosen)]
    wanted = range(clip.first, 1 << 40 if clip.last is None else clip.last + 1)
    frames = []
    for event in choose_frames(opened, wanted, merger.capturer, cancelled):
        if isinstance(event, Looked):
            yield ClipLooked(opened.path, event.done, event.total)
        else:
            frames = event
    return frames


def _is_images(clip: Clip) -> bool:
    return len(clip.files) > 1


def _key(clip: Clip, index: int) -> str:
    """Return the key of a frame's boxes, see nets.capture.finding.Boxes."""
    return str(clip.files[index]) if _is_images(clip) else f"{clip.path.stem}_{index:06d}"


def _name(clip: Clip, index: int) -> tuple[Path, int | None]:
    """Return the path of a frame, and its number in a movie."""
    return (Path(clip.files[index]), None) if _is_images(clip) else (Path(clip.path), index)


def _picture(clip: Clip, index: int) -> Picture:
    """Read a frame; any error is part of the picture."""
    number = None if _is_images(clip) else index
    try:
        if _is_images(clip) and index < clip.length:
            return read_picture(clip.files[index])
        frame = next(iter(clip.frames(range(index, index + 1))), None)
    except UnreadableError as error:
        return Picture(clip.path, None, error, number)
    if frame is None or frame.picture is None:
        reason = frame.fault if frame else f"the clip has no frame {index}"
        return Picture(clip.path, None, UnreadableError(reason, clip.path, "Choose other frames"), number)
    return Picture(clip.path, frame.picture, None, index)
