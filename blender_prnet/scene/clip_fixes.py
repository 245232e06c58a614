# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user has corrected of a clip: tracking keyframes, what is ignored, ranges smoothed otherwise.

It is stored with the baked head.
"""

import json
from dataclasses import dataclass, replace

import bpy
import numpy as np

from .camera import camera_of
from .head_properties import change_properties, read_property
from .landmarks import has_landmarks, landmarks_of
from .photo_view import places_in_photo


@dataclass(frozen=True)
class ClipFixes:
    """Corrections in the clip's frames, counted from 0, and its pixels.

    keyframes: frame -> {"box": left, top, right, bottom or None, "pins": {point: [x, y]}}
    ignored: as nets/interface/protocol.py has them; those of a mask of Blender's have its name, "mask", too
    smoothing: ranges with strengths of their own, in the same way
    """

    keyframes: dict[int, dict]
    ignored: tuple[dict, ...]
    smoothing: tuple[dict, ...]

    @staticmethod
    def of(head: bpy.types.Object) -> "ClipFixes":
        """Read the corrections of a baked head."""
        stored = json.loads(read_property(head, "fixes") or '{"keyframes": [], "ignored": []}')
        keyframes = {
            each["frame"]: {"box": each["box"], "pins": {int(number): place for number, *place in each["pins"]}}
            for each in stored["keyframes"]
        }
        return ClipFixes(keyframes, tuple(stored["ignored"]), tuple(stored.get("smoothing", ())))

    def entry(self) -> dict:
        """Return the corrections as a track request has them, see nets/interface/protocol.py."""
        keyframes = [
            {"frame": frame, "box": each["box"], "pins": [[number, *place] for number, place in each["pins"].items()]}
            for frame, each in sorted(self.keyframes.items())
        ]
        return {"keyframes": keyframes, "ignored": list(self.ignored), "smoothing": list(self.smoothing)}

    def keep(self, head: bpy.types.Object) -> None:
        """Store the corrections with the head."""
        change_properties(head, fixes=json.dumps(self.entry()))

    def with_pins(self, frame: int, pins: dict[int, tuple[float, float]]) -> "ClipFixes":
        """Return the corrections with more points placed in a frame."""
        old = self.keyframes.get(frame, {"box": None, "pins": {}})
        new = {**old, "pins": {**old["pins"], **{number: list(map(float, place)) for number, place in pins.items()}}}
        return replace(self, keyframes={**self.keyframes, frame: new})

    def without_pin(self, frame: int, point: int) -> "ClipFixes":
        """Return the corrections without a frame's pin of a point; a keyframe that is left empty goes too."""
        old = self.keyframes[frame]
        pins = {number: place for number, place in old["pins"].items() if number != point}
        if not pins and old["box"] is None:
            return self.without([frame])
        return replace(self, keyframes={**self.keyframes, frame: {**old, "pins": pins}})

    def with_box(self, frame: int, box: tuple[float, ...]) -> "ClipFixes":
        """Return the corrections with the face's place in a frame."""
        old = self.keyframes.get(frame, {"box": None, "pins": {}})
        return replace(self, keyframes={**self.keyframes, frame: {**old, "box": list(map(float, box))}})

    def without(self, frames: list[int]) -> "ClipFixes":
        """Return the corrections without some frames' keyframes."""
        return replace(self, keyframes={each: fix for each, fix in self.keyframes.items() if each not in frames})

    def ignoring(self, entries: list[dict], mask: str | None = None) -> "ClipFixes":
        """Return the corrections with more that is to be ignored. mask: its name; what it was before is replaced."""
        others = [each for each in self.ignored if mask is None or each.get("mask") != mask]
        return replace(self, ignored=(*others, *entries))

    def smoothed(self, first: int, last: int, strengths: dict[str, float]) -> "ClipFixes":
        """Return the corrections with other strengths of smoothing in frames first to last; ranges within go."""
        others = [each for each in self.smoothing if each["first"] < first or each["last"] > last]
        return replace(self, smoothing=(*others, {"first": first, "last": last, **strengths}))


@dataclass(frozen=True)
class ClipTime:
    """Which frame of the clip a baked head shows when.

    time: (M,) float64, rising, scene frames; frame: (M,) int, the clip's; confidence: (M,) 0 to 1, 0 in a gap
    """

    time: np.ndarray
    frame: np.ndarray
    confidence: np.ndarray

    @staticmethod
    def of(head: bpy.types.Object) -> "ClipTime | None":
        """Read it from a baked head; None for heads of earlier versions."""
        stored = read_property(head, "clip_time")
        if stored is None:
            return None
        time, frame, confidence = np.reshape(stored, (3, -1))
        return ClipTime(time, frame.astype(int), confidence)

    def keep(self, head: bpy.types.Object) -> None:
        """Store it with the head."""
        stacked = np.concatenate([self.time, self.frame, self.confidence])
        change_properties(head, clip_time=[float(value) for value in stacked])

    def at(self, scene_frame: float) -> int | None:
        """Return the clip's frame at a frame of the scene; None where none is shown."""
        nearest = int(np.abs(self.time - scene_frame).argmin())
        return int(self.frame[nearest]) if abs(self.time[nearest] - scene_frame) <= 1 else None

    def shown(self, frames) -> list[float]:
        """Return the scene frames, rising, at which any of these clip frames is shown."""
        return self.time[np.isin(self.frame, list(frames))].tolist()


def pins_in_clip(context: bpy.types.Context) -> dict[int, list[float]]:
    """Return point -> x, y of the active head's pins in the present frame of its clip, pixels."""
    frame = ClipTime.of(context.object).at(context.scene.frame_current)
    return ClipFixes.of(context.object).keyframes.get(frame, {"pins": {}})["pins"]


def box_in_clip(context: bpy.types.Context) -> tuple[float, ...] | None:
    """Return left, top, right and bottom of the active head's face in the present frame of its clip, pixels.

    The box that the user has set, or else the one round the landmarks; None if they are not known.
    """
    head = context.object
    frame = ClipTime.of(head).at(context.scene.frame_current)
    box = ClipFixes.of(head).keyframes.get(frame, {"box": None})["box"]
    if box is not None:
        return tuple(box)
    camera = camera_of(head)
    if camera is None or not has_landmarks(head):
        return None
    places = places_in_photo(camera, landmarks_of(head), head)
    return (*places.min(0), *places.max(0))
