# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files of Live Link Face: one row per frame with the 52 ARKit weights and the angles of head and eyes.

The columns are Timecode (HH:MM:SS:FF.fff, whose last part counts frames), BlendShapeCount, the weights in Apple's
order, and nine angles in radians: yaw is positive towards the subject's left, pitch upwards, roll towards the subject's
right shoulder, as in ARKit's face frame. Blender and the worker both use this file, so it needs numpy only.
"""

import csv
import io
import re
from dataclasses import dataclass
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
# The frame rates that a reader tries: a file numbers the frames of each second but does not name their rate.
RATES = 24, 25, 30, 48, 50, 60, 120


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


def arkit_name(name: str) -> str:
    """Return one spelling for EyeBlinkLeft, eyeBlinkLeft, eyeBlink_L and eye_blink_left."""
    spelt = re.sub(r"[\s_.-]+([LR])$", lambda match: {"L": "Left", "R": "Right"}[match[1]], name)
    return re.sub(r"[\s_.-]", "", spelt).lower()


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
    return text.getvalue()


def load(path: Path) -> Recording:
    """Read a file. Raises LiveLinkError if it is not one of Live Link Face's."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file) if row]
        if header[:2] != ["Timecode", "BlendShapeCount"]:
            raise ValueError("it has no columns Timecode and BlendShapeCount")
        codes = np.array([[float(part) for part in re.split("[:;]", row[0])] for row in rows])
        values = np.array([[float(value) for value in row[2 : len(header)]] for row in rows], np.float32)
        if values.ndim != 2 or values.shape[1] != len(header) - 2:
            raise ValueError("its rows do not have as many values as its header")
    except (OSError, ValueError, IndexError) as error:
        raise LiveLinkError(f"{Path(path).name} is no CSV file of Live Link Face: {error}") from error
    rate = next((rate for rate in RATES if rate > codes[:, 3].max()), RATES[-1])
    time = codes @ [3600, 60, 1, 1 / rate]
    order = np.argsort(time, kind="stable")
    return Recording(tuple(header[2:]), time[order] - time[order[0]], values[order])


def timecode(seconds: float, rate: float) -> str:
    """Return a time as HH:MM:SS:FF.fff.

    Frames are counted at the rate's whole number per second, as timecode without drop frames does. A rate that rounds
    to no frame per second has no such timecode: it is written in real time, at the lowest rate that readers try.
    """
    whole = round(rate)
    if not whole:
        rate = whole = RATES[0]
    total, thousandths = divmod(round(seconds * rate * 1000), whole * 1000)
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
