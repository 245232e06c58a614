# SPDX-License-Identifier: GPL-3.0-or-later
"""The CSV files of Live Link Face: one row per frame with the 52 ARKit weights and the angles of head and eyes. No bpy.

Columns: Timecode (HH:MM:SS:FF.fff, the last part being frames), BlendShapeCount, the weights, nine angles in radians:
yaw positive towards the subject's left, pitch upwards, roll towards the subject's right shoulder.
"""

import csv
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
EYE_TURN = 0.6, 0.5  # radians of yaw and pitch that an eyeLook weight of 1 stands for
RATES = (24, 25, 30, 48, 50, 60, 120)  # a file counts frames within its seconds, but does not say their rate


class LiveLinkError(Exception):
    """The file cannot be read or written. The message says what the user can do."""


@dataclass(frozen=True)
class Recording:
    """names: W column names; time: (F,) f8 seconds from the first frame; values: (F, W) f4."""

    names: tuple[str, ...]
    time: np.ndarray
    values: np.ndarray


def arkit_name(name: str) -> str:
    """One spelling for EyeBlinkLeft, eyeBlinkLeft, eyeBlink_L, eye_blink_left."""
    spelt = re.sub(r"[\s_.-]+([LR])$", lambda match: {"L": "Left", "R": "Right"}[match[1]], name)
    return re.sub(r"[\s_.-]", "", spelt).lower()


def save(path: Path, names: tuple[str, ...], values: np.ndarray, rate: float, head: np.ndarray) -> None:
    """names: W blendshapes in any spelling; values: (F, W); head: (F, 3) yaw, pitch and roll in radians."""
    column = {arkit_name(name): place for place, name in enumerate(names)}
    frames = len(values)
    table = np.zeros((frames, len(WEIGHTS) + len(ANGLES)))
    for place, name in enumerate(WEIGHTS):
        if arkit_name(name) in column:
            table[:, place] = values[:, column[arkit_name(name)]]
    table[:, len(WEIGHTS) :] = np.concatenate([head, *(_eye_angles(table, side) for side in SIDES)], 1)
    try:
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["Timecode", "BlendShapeCount", *WEIGHTS, *ANGLES])
            for frame, row in enumerate(table):
                writer.writerow([_timecode(frame, rate), table.shape[1], *(f"{value:.9f}" for value in row)])
    except OSError as error:
        raise LiveLinkError(f"{path} cannot be written: {error.strerror}") from error


def load(path: Path) -> Recording:
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


def _timecode(frame: int, rate: float) -> str:
    seconds, part = divmod(frame, round(rate))
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{part:02}.000"


def _eye_angles(table: np.ndarray, side: str) -> np.ndarray:
    out, inwards, up, down = (table[:, WEIGHTS.index(f"EyeLook{way}{side}")] for way in ("Out", "In", "Up", "Down"))
    yaw = (out - inwards) * EYE_TURN[0] * (1 if side == "Left" else -1)
    return np.stack([yaw, (up - down) * EYE_TURN[1], np.zeros_like(yaw)], 1)
