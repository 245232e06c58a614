# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user has corrected of a clip: tracking keyframes, what is to be ignored, and ranges smoothed otherwise.

They are kept as fixes.json with the clip's records, so that a later bake of the clip has them too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from nets.capture.pins import read_pins
from nets.errors import UsageError
from nets.geometry.coarse_map import COARSE
from nets.geometry.crop import landmark_box
from nets.interface.surface_points import FIRST_TEXEL, LANDMARKS, SIDE
from nets.io.files import replace_file
from nets.performance.ignored import Ignored, box_of, read_ignored
from nets.performance.smoothing import SmoothedRange, Strengths

NAME = "fixes.json"


@dataclass(frozen=True)
class Fix:
    """A tracking keyframe: a frame of the clip in which the user has said where the face is, in the clip's pixels.

    box: (4,) left, top, right, bottom, roughly tight around the landmarks; None where the tracked place is right
    pins: point, see nets.interface.surface_points -> x, y where it was placed by hand
    """

    frame: int
    box: tuple[float, ...] | None
    pins: dict[int, tuple[float, float]]

    @property
    def points(self) -> np.ndarray:
        """The pinned points, (K,) int64."""
        return np.array(list(self.pins), np.int64)

    @property
    def landmarks(self) -> np.ndarray:
        """Those of the pinned points that are landmarks."""
        return self.points[self.points < LANDMARKS]

    @property
    def rows(self) -> np.ndarray:
        """The pinned points among the coarse map's texels and the 68 landmarks behind them, (K,) int64.

        Of a point of the surface it is the texel around it.
        """
        row, column = np.array(np.divmod(np.maximum(self.points - FIRST_TEXEL, 0), SIDE)) // (SIDE // COARSE)
        return np.where(self.points < LANDMARKS, COARSE * COARSE + self.points, row * COARSE + column)

    @property
    def places(self) -> np.ndarray:
        """Where they were placed, (K, 2) float32."""
        return np.array(list(self.pins.values()), np.float32).reshape(-1, 2)


@dataclass(frozen=True)
class Fixes:
    """The corrections of one person.

    keyframes: tracking keyframes in the order of their frames; ignored: what hides the face
    smoothing: ranges that are smoothed otherwise than the clip; of those that overlap the later ones count
    """

    keyframes: tuple[Fix, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    smoothing: tuple[SmoothedRange, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tracking or self.smoothing)

    @property
    def tracking(self) -> bool:
        """Whether they change the track."""
        return bool(self.keyframes or self.ignored)

    @staticmethod
    def of(entry: Mapping) -> Fixes:
        """Read the fixes of a person from a `track` message, see nets.interface.protocol. Raises UsageError."""
        try:
            keyframes = tuple(_fix(each) for each in entry.get("keyframes", []))
            ignored = tuple(map(read_ignored, entry.get("ignored", [])))
            smoothing = tuple(map(_smoothed_range, entry.get("smoothing", [])))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UsageError(f"not corrections of a clip ({error!r})") from None
        frames = [each.frame for each in keyframes]
        if len(set(frames)) < len(frames):
            raise UsageError("two tracking keyframes are in the same frame", remedy="Remove one of them")
        return Fixes(tuple(sorted(keyframes, key=lambda each: each.frame)), ignored, smoothing)

    def entry(self) -> dict:
        """Return what `of` reads."""
        return {
            "keyframes": [
                {"frame": each.frame, "box": each.box, "pins": [[k, *xy] for k, xy in each.pins.items()]}
                for each in self.keyframes
            ],
            "ignored": [vars(each) for each in self.ignored],
            "smoothing": [{"first": each.first, "last": each.last, **vars(each.strengths)} for each in self.smoothing],
        }


def fixes_of(entries: Mapping) -> dict[int, Fixes]:
    """Read the fixes of a clip by the number of the person, 0 being the one seen longest. Raises UsageError."""
    try:
        return {int(person): Fixes.of(entry) for person, entry in entries.items()}
    except (AttributeError, ValueError) as error:
        raise UsageError(f"not corrections by the number of a person ({error!r})") from None


def read_fixes(path: Path) -> dict[str, dict[int, Fixes]]:
    """Read a user's file of fixes by the name of the clip. Raises UsageError."""
    try:
        return {name: fixes_of(entries) for name, entries in json.loads(path.read_text("utf-8")).items()}
    except OSError as error:
        raise UsageError(f"the corrections cannot be read ({error.strerror})", path) from None
    except (ValueError, AttributeError):
        raise UsageError("not a JSON object of clip → person → corrections", path) from None


def load_fixes(folder: Path) -> dict[int, Fixes]:
    """Return the fixes that are kept in the folder of a clip's records, by the number of the person."""
    try:
        return fixes_of(json.loads((folder / NAME).read_text("utf-8")))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, UsageError) as error:
        raise UsageError(f"the corrections of the clip cannot be read ({error})", folder / NAME, "Delete it") from None


def keep_fixes(folder: Path, fixes: Mapping[int, Fixes]) -> None:
    """Keep the fixes, by the number of the person. Raises OutputError."""
    entries = {str(person): each.entry() for person, each in fixes.items() if each}
    replace_file(folder / NAME, json.dumps(entries, indent=1).encode())


def _fix(entry: Mapping) -> Fix:
    points, places = read_pins(entry.get("pins"))
    box = None if entry.get("box") is None else box_of(entry["box"])
    if box is None and not len(points):
        raise UsageError(f"the tracking keyframe of frame {entry['frame']} says nothing", remedy="Remove it")
    return Fix(int(entry["frame"]), box, dict(zip(points.tolist(), map(tuple, places.tolist()), strict=True)))


def _smoothed_range(entry: Mapping) -> SmoothedRange:
    strengths = {field.name: float(entry[field.name]) for field in fields(Strengths)}
    if not all(0 <= each <= 1 for each in strengths.values()):
        raise UsageError(f"strengths of smoothing {strengths}", remedy="Choose 0 to 1")
    return SmoothedRange(int(entry["first"]), int(entry["last"]), Strengths(**strengths))


def moved_landmarks(landmarks: np.ndarray, fix: Fix, pinned: np.ndarray | None = None) -> np.ndarray:
    """Return landmarks (68, 2) of another frame, moved to where a fix has the face.

    By the box; else by the similarity of the pins, or by the shift of a single pin.
    pinned: (K, 2), where the fix's points are in the other frame; not needed if they are landmarks
    """
    points = landmarks[:, :2].astype(np.float64)
    if fix.box is not None:
        old, new = landmark_box(points).astype(np.float64).reshape(2, 2), np.reshape(fix.box, (2, 2))
        return (points - old.mean(0)) * ((new[1] - new[0]) / (old[1] - old[0])).mean() + new.mean(0)
    held = (points[fix.points] if pinned is None else pinned[:, :2].astype(np.float64)) @ (1, 1j)
    places = fix.places.astype(np.float64) @ (1, 1j)
    arms = held - held.mean()
    turn = np.vdot(arms, places) / np.vdot(arms, arms) if np.abs(arms).max() > 1 else 1.0
    moved = (points @ (1, 1j) - held.mean()) * turn + places.mean()
    return np.stack([moved.real, moved.imag], 1)
