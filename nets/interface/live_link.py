# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files of Live Link Face: one row per frame with the 52 ARKit weights and the angles of head and eyes.

The columns are Timecode (HH:MM:SS:FF.fff, whose last part counts frames), BlendShapeCount, the weights in Apple's
order, and nine angles in radians: yaw is positive towards the subject's left, pitch upwards, roll towards the subject's
right shoulder, as in ARKit's face frame. Blender and the worker both use this file, so it needs numpy only.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

SIDES = ("Left", "Right")
EYE = ("EyeBlink", "EyeLookDown", "EyeLookIn", "EyeLookOut", "EyeLookUp", "EyeSquint", "EyeWide")
WEIGHTS = (
    *(f"{name}{side}" for side in SIDES for name in EYE),
    *("JawForward", "JawRight", "JawLeft", "JawOpen"),
    *("MouthClose", "MouthFunnel", "MouthPucker", "MouthRight", "MouthLeft"),
    *(f"Mouth{name}{side}" for name in ("Smile", "Frown", "Dimple", "Stretch") for side in SIDES),
    *("MouthRollLower", "MouthRollUpper", "MouthShrugLower", "MouthShrugUpper"),
    *(f"Mouth{name}{side}" for name in ("Press", "LowerDown", "UpperUp") for side in SIDES),
    *("BrowDownLeft", "BrowDownRight", "BrowInnerUp", "BrowOuterUpLeft", "BrowOuterUpRight"),
    *("CheekPuff", "CheekSquintLeft", "CheekSquintRight", "NoseSneerLeft", "NoseSneerRight", "TongueOut"),
)
ANGLES = tuple(f"{part}{turn}" for part in ("Head", "LeftEye", "RightEye") for turn in ("Yaw", "Pitch", "Roll"))
COLUMNS = (*WEIGHTS, *ANGLES)
EYE_TURN = 0.6, 0.5  # radians of yaw and pitch that an eyeLook weight of 1 stands for
# A file numbers the frames of each second but does not name their rate. These are tried where frames are missing.
RATES = 24, 25, 30, 48, 50, 60, 120
USUAL_RATE = 60  # of Live Link Face: what is taken for the rate of a file within one second
DAY = 24 * 3600
COUNT = (
    "blendshapecount"  # the second column's name; files of 2021 write BlendShapeCount, those of 2024 BlendshapeCount
)


class LiveLinkError(Exception):
    """A file cannot be read or written."""


@dataclass(frozen=True)
class Recording:
    """What a file holds.

    names: W column names
    time: (F,) float64, seconds from the first frame
    values: (F, W) float32
    """

    names: tuple[str, ...]
    time: np.ndarray
    values: np.ndarray

    @property
    def head(self) -> np.ndarray | None:
        """Yaw, pitch and roll of the head (F, 3), radians; None if the file does not tell them."""
        place = {arkit_name(name): k for k, name in enumerate(self.names)}
        columns = [place.get(arkit_name(name)) for name in ANGLES[:3]]
        return None if None in columns else self.values[:, columns]

    def mirrored(self) -> "Recording":
        """Return what a mirror shows: left and right exchanged."""
        signs = [-1 if arkit_name(name).endswith(("yaw", "roll")) else 1 for name in self.names]
        exchanged = self._exchanged(other_side)
        return replace(exchanged, values=exchanged.values * np.float32(signs))

    def with_mouth_swapped(self) -> "Recording":
        """Return the recording with MouthLeft and MouthRight exchanged, which some programs confuse."""
        return self._exchanged(lambda name: {"mouthleft": "mouthright", "mouthright": "mouthleft"}.get(name, name))

    def _exchanged(self, other: Callable[[str], str]) -> "Recording":
        place = {arkit_name(name): k for k, name in enumerate(self.names)}
        columns = [place.get(other(arkit_name(name)), k) for k, name in enumerate(self.names)]
        return replace(self, values=self.values[:, columns])


SIDE_LETTERS = {"L": "Left", "R": "Right"}
_SPELT = {name.lower() for name in COLUMNS}


def arkit_name(name: str) -> str:
    """Return one spelling for EyeBlinkLeft, eyeBlinkLeft, eyeBlink_L and eye_blink_left.

    What stands before a blendshape's name, or a number after it, is left out: blendShape1.jawOpen, A25_Jaw_Open,
    head_lod0__jawOpen, jawOpen.001. Other names keep all of it.
    """
    parts = [part for part in re.split(r"[\s_.:|-]+", name) if part]
    if len(parts) > 1 and parts[-1].isdigit():
        parts = parts[:-1]
    if parts and parts[-1].upper() in SIDE_LETTERS:
        parts[-1] = SIDE_LETTERS[parts[-1].upper()]
    endings = ("".join(parts[start:]).lower() for start in range(len(parts)))
    return next((ending for ending in endings if ending in _SPELT), "".join(parts).lower())


def other_side(name: str) -> str:
    """Return the name, as arkit_name spells it, of the same on the other side of the face."""
    for side, other in (("left", "right"), ("right", "left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
        if name.startswith(f"{side}eye"):
            return other + name.removeprefix(side)
    return name


def save(path: Path, names: tuple[str, ...], values: np.ndarray, rate: float, head: np.ndarray) -> None:
    """Write consecutive frames as a file, see csv_text. Raises LiveLinkError if it cannot be written."""
    try:
        Path(path).write_text(csv_text(names, values, rate, head), encoding="utf-8", newline="")
    except OSError as error:
        raise LiveLinkError(f"{path} cannot be written: {error.strerror}") from error


def csv_text(
    names: tuple[str, ...], values: np.ndarray, rate: float, head: np.ndarray, time: np.ndarray | None = None
) -> str:
    """Return the text of a file.

    names: W blendshapes in any spelling; the file has 0 for those of WEIGHTS that are not among them
    values: (F, W), their weights
    rate: frames per second
    head: (F, 3), yaw, pitch and roll of the head in radians, see head_angles
    time: (F,), seconds; None for consecutive frames from 0

    A file within one second does not show its rate: two rows without a face follow, the last frame of that second and
    the first of the next, as the app writes them where it loses the face.
    """
    place = {arkit_name(name): k for k, name in enumerate(names)}
    weights = np.zeros((len(values), len(WEIGHTS)))
    for k, name in enumerate(WEIGHTS):
        if arkit_name(name) in place:
            weights[:, k] = values[:, place[arkit_name(name)]]
    time = np.arange(len(values)) / rate if time is None else time
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Timecode", "BlendShapeCount", *COLUMNS])
    for seconds, row in zip(time, np.concatenate([weights, head, eye_angles(weights)], 1), strict=True):
        writer.writerow([timecode(float(seconds), rate), len(COLUMNS), *(f"{value:.6f}" for value in row)])
    if len(time) > 1 and np.floor(time[-1]) == np.floor(time[0]):
        whole, second = max(round(rate), 1), float(np.floor(time[0]))
        writer.writerows([timecode(after, rate), 0] for after in (second + (whole - 1) / whole, second + 1))
    return text.getvalue()


def load(path: Path) -> Recording:
    """Read a file. Raises LiveLinkError if it is not one of Live Link Face's."""
    try:
        header, *rows = _table(Path(path).read_bytes())
        names = [name.strip() for name in header]
        places = {name.lower(): k for k, name in enumerate(names)}
        if not {"timecode", COUNT} <= set(places):
            raise ValueError("it has no columns Timecode and BlendshapeCount")
        kept = [k for name, k in places.items() if arkit_name(name) in _SPELT]
        if not kept:
            raise ValueError("it has no column of a blendshape, such as JawOpen")
        rows = [row for row in rows if len(row) > places["timecode"]]
        if not rows:
            raise ValueError("it has no rows")
        time = _seconds([_parts(row[places["timecode"]]) for row in rows])
        seen = np.array([len(row) == len(header) for row in rows])  # a row without a face has no weights
        if not seen.any():
            raise ValueError("no row has as many values as its header: the face was never seen")
        values = np.array([[_number(row[k]) for k in kept] for row, there in zip(rows, seen, strict=True) if there])
        told = np.isfinite(values).all(1)
        seen[seen], values = told, values[told]
        if not seen.any():
            raise ValueError("no row has numbers only")
    except (OSError, ValueError) as error:
        raise LiveLinkError(f"{Path(path).name} is no CSV file of Live Link Face: {error}") from error
    time = time[seen]
    order = np.argsort(time, kind="stable")
    return Recording(tuple(names[k] for k in kept), time[order] - time[order[0]], values[order].astype(np.float32))


def _table(data: bytes) -> list[list[str]]:
    """Return the rows of a file's bytes that are not empty, as spreadsheets save them, too: in UTF-16, or with
    semicolons or tabs. Raises ValueError if there are none."""
    encoding = "utf-16" if data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    text = data.decode(encoding, errors="replace")  # names of other columns may be in the letters of another encoding
    first = text.lstrip().partition("\n")[0]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    table = [row for row in rows if any(row)]
    if not table:
        raise ValueError("it is empty")
    return table


def _number(text: str) -> float:
    """Return the number in a cell, whose decimals a comma may begin; NaN where there is none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return np.nan


def _parts(code: str) -> tuple[int, float]:
    """Return the whole seconds and the frames of a timecode such as 11:22:33:04.148, 11:22:33;04 or 11:22:33.04."""
    match = re.fullmatch(r"\s*(\d+):(\d+):(\d+)(?:[:;](\d+(?:\.\d+)?)|\.(\d\d))?\s*", code)
    if match is None:
        raise ValueError(f"{code!r} is no timecode such as 11:22:33:04.148")
    hours, minutes, seconds = (int(match[k]) for k in (1, 2, 3))
    return hours * 3600 + minutes * 60 + seconds, float(match[4] or match[5] or 0)


def _seconds(codes: list[tuple[int, float]]) -> np.ndarray:
    """Return the times (F,) float64 in seconds of timecodes in the order of a file; midnight does not end a take."""
    whole, frame = np.array(codes, np.float64).T
    whole = whole + DAY * np.cumsum(np.diff(whole, prepend=whole[0]) < -DAY / 2)
    counted = np.floor(frame).astype(int)
    rate = _rate(whole, counted)
    if _drops_frames(whole, counted, rate):  # 29.97 a second are counted as 30 (SMPTE 12M)
        minutes = whole // 60
        return (whole * rate + frame - rate // 15 * (minutes - minutes // 10)) / (rate / 1.001)
    return whole + frame / rate


def _drops_frames(whole: np.ndarray, frame: np.ndarray, rate: int) -> bool:
    """Return whether minutes begin with frame 2 of 30, or 4 of 60, except each tenth one."""
    begins = np.flatnonzero((np.diff(whole) == 1) & (whole[1:] % 60 == 0) & (whole[1:] % 600 > 0)) + 1
    begins = begins[frame[begins - 1] == rate - 1]
    return rate % 30 == 0 and len(begins) > 0 and bool((frame[begins] == rate // 15).all())


def _rate(whole: np.ndarray, frame: np.ndarray) -> int:
    """Return the frames per second of a file from its whole seconds (F,) and the frames (F,) that it counts in each.

    Where a second ends with the highest number and the next begins with 0, that number tells the rate.
    """
    least = int(frame.max()) + 1
    ends = np.flatnonzero(np.diff(whole) > 0)
    if any(frame[end] == least - 1 and frame[end + 1] == 0 for end in ends):
        return least
    if not len(ends):
        least = max(least, USUAL_RATE)
    return next((rate for rate in RATES if rate >= least), least)


def timecode(seconds: float, rate: float) -> str:
    """Return a time as HH:MM:SS:FF.fff: real seconds, and in each the frames at the rate, rounded to a whole number.

    So times at rates such as 29.97 are read back as they were.
    """
    whole = max(round(rate), 1)
    total, thousandths = divmod(round(seconds * whole * 1000), whole * 1000)
    return f"{total // 3600:02}:{total // 60 % 60:02}:{total % 60:02}:{thousandths / 1000:06.3f}"


def head_angles(rotation: np.ndarray) -> np.ndarray:
    """Return yaw, pitch and roll (F, 3) float32, radians, of head poses.

    rotation: (F, 3, 3), from canonical into image space, y down, determinant -1 (nets.geometry.pose). The head turns
    about its y axis, then x, then z.
    """
    upright = rotation * np.float32([1, -1, 1])[:, None]
    side, up, forward = np.moveaxis(upright, -1, 0)
    yaw, pitch = np.arctan2(forward[:, 0], forward[:, 2]), np.arcsin(np.clip(forward[:, 1], -1, 1))
    return np.stack([yaw, pitch, np.arctan2(side[:, 1], up[:, 1])], 1).astype(np.float32)


def head_rotations(angles: np.ndarray) -> np.ndarray:
    """Return the rotations (F, 3, 3) of heads from canonical axes to the viewer's, y up: head_angles undone.

    angles: (F, 3), yaw, pitch and roll in radians
    """
    (a, b, c), (u, v, w) = np.cos(angles).T, np.sin(angles).T
    o, one = np.zeros_like(a), np.ones_like(a)
    yaw = np.array([[a, o, u], [o, one, o], [-u, o, a]])
    pitch = np.array([[one, o, o], [o, b, v], [o, -v, b]])
    roll = np.array([[c, -w, o], [w, c, o], [o, o, one]])
    return np.einsum("ijf,jkf,klf->fil", yaw, pitch, roll)


def eye_angles(weights: np.ndarray) -> np.ndarray:
    """Return yaw, pitch and roll of the left and then of the right eye (F, 6), radians, that the eyeLook weights mean.

    weights: (F, 52), in the order of WEIGHTS
    """
    angles = []
    for side, outward in (("Left", 1), ("Right", -1)):
        out, inward, up, down = (
            weights[:, WEIGHTS.index(f"EyeLook{way}{side}")] for way in ("Out", "In", "Up", "Down")
        )
        yaw = outward * (out - inward) * EYE_TURN[0]
        angles += [yaw, (up - down) * EYE_TURN[1], np.zeros_like(yaw)]
    return np.stack(angles, 1)
