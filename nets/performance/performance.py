# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one person of a clip: it is saved, sent to Blender and exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.geometry.grid_mesh import GridMesh
from nets.geometry.pose import Pose, pose_with
from nets.interface import live_link
from nets.interface.expressions import EXPRESSIONS
from nets.interface.perspective import Camera, PerspectivePose
from nets.io.files import replace_file, replace_npz
from nets.performance import blendshape_solver
from nets.performance.motion_reading import load_motion_reading
from nets.performance.person import TrackedPerson
from nets.performance.picture_reading import load_picture_reading
from nets.performance.smoothing import (
    SmoothedRange,
    Strengths,
    quaternions_of,
    rotations_of,
    running_median,
    smooth,
    smooth_rotations,
    without_excursions,
)
from nets.topology import arkit
from nets.topology.own_head import load_blendshapes

NOT_SEEN = "the face was not seen"
BLINKS = [k for k, name in enumerate(EXPRESSIONS) if name.startswith("eyeBlink")]
SHUT = 0.5  # weight of a blink from which the gaze cannot be seen
NEAR_PINS = 8  # frames on either side of one with pinned landmarks over which their influence falls to nothing
SUDDEN = 0.25  # weight of a blink that smoothing takes off in one frame, above which it is no noise
ADDED_FRAMES = 3  # over which the median of what pictures add is taken: no expression but a blink is shorter


@dataclass(frozen=True)
class Performance:
    """One person over a clip's F frames; lengths are in the clip's pixels unless stated otherwise.

    In gaps the values are held or interpolated. The canonical vertices of frame f are neutral + weights[f] @ basis;
    where they lie in the clip tells nets.interface.perspective.PerspectivePose, with the camera and the frame's scale,
    rotation and translation. Without perspective it is nets.geometry.pose.Pose.
    """

    clip: str
    rate: float  # frames per second
    image_size: np.ndarray  # (2,) int32: width, height
    frame: np.ndarray  # (F,) int32: index in the clip, from 0
    time: np.ndarray  # (F,) float64: seconds
    tracked: np.ndarray  # (F,) bool: False in a gap
    confidence: np.ndarray  # (F,) float32 in [0, 1], 0 in a gap
    camera: np.ndarray  # (3,) float32: focal length, infinite without perspective, and principal point x, y
    camera_known: np.ndarray  # () uint8: where the focal length is from, an index into nets.interface.perspective.KNOWN
    rotation: np.ndarray  # (F, 3, 3) float32, determinant -1
    scale: np.ndarray  # (F,) float32: pixels per millimetre at the head's origin
    translation: np.ndarray  # (F, 3) float32
    neutral: np.ndarray  # (N, 3) float32: the person's neutral shape, canonical millimetres
    basis: np.ndarray  # (K, N, 3) float32: millimetres
    weights: np.ndarray  # (F, K) float32
    error_mm: float  # the largest error of the basis before smoothing
    landmarks68: np.ndarray  # (F, 68, 3) float32: as the network predicted them, unsmoothed
    expression: np.ndarray  # (F, 53) float32 in [0, 1], see nets/interface/expressions.py; (F, 0) if not predicted
    gaze: np.ndarray  # (F, 2, 2) float32, see nets.model.engines.Prediction; (F, 0, 2) if not predicted
    arkit: np.ndarray  # (F, 52) float32 in [0, 1]; (F, 0) if neither predicted nor fitted to the face model
    arkit_names: np.ndarray  # (52,) str
    arkit_shapes: np.ndarray  # (52, N, 3) float32: what each blendshape moves at weight 1, millimetres; else (0, N, 3)
    uv: np.ndarray  # (N, 2) float32, u right, v up
    quads: np.ndarray  # (Q, 4) int32, counter-clockwise seen from outside once y points up
    triangles: np.ndarray  # (M, 3) int32, as the quads
    texture: np.ndarray  # (T, T, 3) uint8 RGB, row 0 at v = 1
    texture_mask: np.ndarray  # (T, T) uint8: 1 where some frame shows the texel itself
    textures: str  # folder of a texture for each tracked frame, NNNNNN.jpg by its index in the clip; empty without
    smoothing: float  # strength for the expression, in [0, 1]

    def arrays(self) -> dict[str, np.ndarray]:
        """Return all fields as arrays, by name."""
        return {name: np.asarray(value) for name, value in vars(self).items()}

    def pose(self, row: int) -> Pose | PerspectivePose:
        """Return the pose in a row of the arrays."""
        return pose_with(Camera.of_array(self.camera), self.scale[row], self.rotation[row], self.translation[row])

    def save(self, path: Path) -> None:
        """Write arrays() as .npz. Raises OutputError."""
        replace_npz(path, self.arrays())

    def save_live_link(self, path: Path) -> None:
        """Write the ARKit weights as a CSV file of Live Link Face. Raises OutputError."""
        names, head = tuple(self.arkit_names.tolist()), live_link.head_angles(self.rotation)
        replace_file(path, live_link.csv_text(names, self.arkit, self.rate, head, self.time).encode())

    def typical_face(self) -> dict[str, np.ndarray]:
        """Return the face in the mean of all frames, for a head model's mesh.

        vertices: (N, 3) float32, canonical millimetres; arkit: (52,) float32, its weights; gaze: empty, the eyes ahead;
        texture and texture_mask as they are
        """
        vertices = self.neutral + np.tensordot(self.weights.mean(0), self.basis, 1)
        empty = np.empty((0, 2), np.float32)
        own = {"texture": self.texture, "texture_mask": self.texture_mask, "gaze": empty, "arkit": self.arkit.mean(0)}
        return {"vertices": vertices, **own}

    def gaps(self) -> list[tuple[int, int]]:
        """Return the first and the last clip frame of each gap."""
        edges = np.diff(np.r_[0, ~self.tracked, 0].astype(np.int8))
        starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
        return [(int(self.frame[s]), int(self.frame[e - 1])) for s, e in zip(starts, ends, strict=True)]


@dataclass(frozen=True)
class Motion:
    """A person's motion over all F frames of the clip, smoothed and without gaps, as in Performance.

    added: (F, 52), see TrackedPerson; None without
    """

    tracked: np.ndarray
    confidence: np.ndarray
    rotation: np.ndarray
    scale: np.ndarray
    translation: np.ndarray
    weights: np.ndarray
    landmarks68: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    added: np.ndarray | None = None


def smooth_motion(
    person: TrackedPerson,
    records: np.ndarray,
    strengths: Strengths,
    gaps: str,
    ranges: Sequence[SmoothedRange] = (),
) -> Motion:
    """Smooth a person's motion shot by shot and fill its gaps.

    records: (F,) of nets.performance.cache.FRAME
    strengths: of the smoothing; ranges: frames with strengths of their own, the later one where two overlap
    gaps: "hold" or "interpolate"
    """
    cuts = records["cut"]
    gaze_path = gaze_between_blinks(person.gaze, person.expression)
    seen = {
        **{
            name: getattr(person, name).astype(np.float64)
            for name in ("rotation", "translation", "weights", "expression")
        },
        "scale": np.log(person.scale.astype(np.float64)),
        "gaze": gaze_path.reshape(len(gaze_path), -1).astype(np.float64),
        "added": np.zeros((len(person.frame), 0)) if person.added is None else person.added.astype(np.float64),
    }
    smoothed = {name: values.copy() for name, values in seen.items()}
    for shot in shots(person.frame, cuts):
        part = {name: values[shot] for name, values in seen.items()}
        mixed, frames = _smoothed(part, strengths), records["frame"][person.frame[shot]]
        for each in ranges:
            if (share := each.share(frames)).any():
                mixed = _mixed(mixed, _smoothed(part, each.strengths), share)
        for name, values in mixed.items():
            smoothed[name][shot] = values
    rotation, scale, translation, weights, expression, gaze, added = (
        smoothed[name] for name in ("rotation", "scale", "translation", "weights", "expression", "gaze", "added")
    )
    tracked = np.zeros(len(cuts), bool)
    tracked[person.frame] = True
    confidence = np.zeros(len(cuts), np.float32)
    confidence[person.frame] = person.confidence

    def filled(values: np.ndarray) -> np.ndarray:
        return fill_gaps(person.frame, values, len(cuts), gaps).astype(np.float32)

    quaternions = fill_gaps(person.frame, quaternions_of(rotation), len(cuts), gaps)
    turned = rotations_of(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True)).astype(np.float32)
    others = (filled(values) for values in (np.exp(scale), translation, weights, person.landmarks68, expression))
    looks = filled(gaze).reshape(len(cuts), -1, 2)
    return Motion(tracked, confidence, turned, *others, looks, None if person.added is None else filled(added))


def _smoothed(seen: dict[str, np.ndarray], strengths: Strengths) -> dict[str, np.ndarray]:
    """Return the motion of one shot, smoothed; the scale is its logarithm."""
    strength, translation, steady = strengths.expression, seen["translation"], {}
    for name in ("weights", "expression", "gaze"):
        steady[name] = without_excursions(seen[name], strength)
    # What two pictures show depends on both poses, which are wrong by turns in some clips.
    steady["added"] = running_median(seen["added"], ADDED_FRAMES) if strength > 0 else seen["added"]
    steady["expression"][:, BLINKS] = seen["expression"][:, BLINKS]  # a blink can be as short as a frame
    place = smooth(translation[:, :2], strengths.position), smooth(translation[:, 2:], strengths.depth)
    return {
        "rotation": smooth_rotations(seen["rotation"], strengths.rotation),
        "scale": smooth(seen["scale"][:, None], strengths.depth)[:, 0],
        "translation": np.concatenate(place, 1),
        "weights": smooth(steady["weights"], strength),
        "expression": smooth(steady["expression"], strength).clip(0, 1),
        "gaze": smooth(steady["gaze"], strength),
        "added": smooth(steady["added"], strength),
    }


def _mixed(motion: dict[str, np.ndarray], other: dict[str, np.ndarray], share: np.ndarray) -> dict[str, np.ndarray]:
    """Return the motion of one shot's n frames with a share (n,) of another, which differs little."""
    mixed = {}
    for name, values in motion.items():
        part = share.reshape(-1, *[1] * (values.ndim - 1))
        mixed[name] = values + part * (other[name] - values)
    left, _, right = np.linalg.svd(mixed["rotation"])
    return {**mixed, "rotation": left @ right}  # the nearest rotation


def gaze_between_blinks(gaze: np.ndarray, expression: np.ndarray) -> np.ndarray:
    """Return gaze (n, 2, 2) as the mean of both eyes, interpolated over frames whose lids are shut, and those next to
    them, in which the lids are on their way.

    expression: (n, 53), which shows blinks
    """
    if not gaze.size or not expression.size:
        return gaze
    together = np.repeat(gaze.mean(1, keepdims=True), 2, 1)
    lids = np.pad(expression[:, BLINKS].max(1), 1, mode="edge")
    opened = np.flatnonzero(np.maximum(np.maximum(lids[:-2], lids[2:]), lids[1:-1]) < SHUT)
    return fill_gaps(opened, together[opened], len(gaze), "interpolate") if len(opened) else together


def shots(frames: np.ndarray, cuts: np.ndarray) -> list[slice]:
    """Return the runs of consecutive frames (n,) without a cut."""
    breaks = 1 + np.flatnonzero((np.diff(frames) > 1) | cuts[frames[1:]])
    return [slice(start, end) for start, end in zip(np.r_[0, breaks], np.r_[breaks, len(frames)], strict=True)]


def fill_gaps(frames: np.ndarray, values: np.ndarray, count: int, gaps: str) -> np.ndarray:
    """Extend the values (n, ...) of some frames (n,) to all frames (count, ...)."""
    before = np.clip(np.searchsorted(frames, np.arange(count), side="right") - 1, 0, len(frames) - 1)
    if gaps == "hold":
        return values[before]
    after = np.minimum(before + 1, len(frames) - 1)
    span = np.maximum(frames[after] - frames[before], 1)
    share = np.clip((np.arange(count) - frames[before]) / span, 0, 1).reshape(-1, *[1] * (values.ndim - 1))
    return values[before] + (values[after] - values[before]) * share


def solve_arkit(
    person: TrackedPerson, motion: Motion, coarse: CoarseShape, mesh: GridMesh, pinned: Sequence[int] = ()
) -> dict[str, np.ndarray]:
    """Return arkit, arkit_names and arkit_shapes of a Performance.

    pinned: rows of the motion in which a user has placed landmarks by hand

    In the layout that the blendshapes are known for they are read from how the shape moves: with what the network says
    of the expression, or from the shape alone if it says nothing. In another layout they are what the network says.
    """
    names, shapes = np.array(arkit.NAMES), np.zeros((0, len(mesh.uv), 3), np.float32)
    known, said = coarse.layout.model_vertices is not None, bool(motion.expression.size)
    looks = arkit.look_weights(motion.gaze)
    blendshapes = load_blendshapes() if known else None
    if known and said:
        weights = _read_weights(person, motion, coarse)
        weights[:, arkit.EYE_LOOK_COLUMNS] = looks
        if len(pinned):  # the shape that was corrected is to be met, rather than read
            met = blendshape_solver.solve(person, motion.weights, weights, blendshapes, coarse)
            apart = np.abs(np.arange(len(weights))[:, None] - np.asarray(pinned)).min(1)
            weights += np.clip(1 - apart / NEAR_PINS, 0, 1)[:, None].astype(np.float32) * (met - weights)
    elif known:
        weights = np.zeros((len(motion.weights), len(names)), np.float32)
        weights = blendshape_solver.solve(person, motion.weights, weights, blendshapes, coarse)
    elif said:
        weights = blendshape_solver.predicted_weights(motion.expression, looks)
    else:
        weights, names = np.zeros((len(motion.weights), 0), np.float32), names[:0]
    if known:
        shapes = coarse.at_vertices(blendshapes, mesh)
    return {"arkit": weights, "arkit_names": names, "arkit_shapes": shapes}


def _read_weights(person: TrackedPerson, motion: Motion, coarse: CoarseShape) -> np.ndarray:
    """Return weights (F, 52) read from the motion, without those of the gaze."""
    reading, added, sudden_added = load_motion_reading(), 0.0, 0.0
    if motion.added is not None:
        reading, added = load_picture_reading().of_both(reading), motion.added
        sudden_added = fill_gaps(person.frame, person.added, len(added), "hold")
    weights = reading.of_person(person, motion.weights, motion.expression, coarse, added)
    # A blink can be as short as a frame; smoothing would leave the eye half open.
    unsmoothed = (
        fill_gaps(person.frame, values, len(weights), "hold") for values in (person.weights, person.expression)
    )
    blinks = blendshape_solver.BLINK.columns
    sudden = reading.of_person(person, *unsmoothed, coarse, sudden_added)[:, blinks]
    weights[:, blinks] = np.where(sudden > weights[:, blinks] + SUDDEN, sudden, weights[:, blinks])
    for extreme in (blendshape_solver.BLINK, *blendshape_solver.WEAK):
        blendshape_solver.raise_extreme(weights, extreme)
    return weights
