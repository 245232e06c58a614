# SPDX-License-Identifier: GPL-3.0-or-later
"""One texture of a person, merged from the frames of a clip that show them best."""

from __future__ import annotations

import numpy as np

from nets.layout import GridMesh, UVLayout
from nets.performance.clip import Clip, ClipFrame
from nets.performance.coarse import CoarseShape
from nets.performance.person import CONFIDENT, Person
from nets.texture import TextureView, complete, merge, view_texture
from nets.visibility import visibility_of

MOST_VIEWS = 6
APART = 0.2  # radians by which another view is turned, else it shows nothing new
UNHURRIED = 1.5  # times the clip's usual motion between frames: faster ones are blurred


def merged_texture(
    clip: Clip, clip_frames: np.ndarray, person: Person, coarse: CoarseShape, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Texture (T, T, 3) and mask (T, T), uint8. clip_frames (F,): the index in the clip of each of its records."""
    layout, mesh = coarse.layout, coarse.layout.mesh("medium")
    views = []
    for row in best_views(person):
        index = int(clip_frames[person.frame[row]])
        frame = next(iter(clip.frames(range(index, index + 1))), None)
        if frame is not None and frame.picture is not None:
            views.append(view_of_frame(frame, posed_map(person, row, coarse), layout, mesh, size))
    if not views:
        return np.zeros((size, size, 3), np.uint8), np.zeros((size, size), np.uint8)
    return complete(merge(views), layout)


def best_views(person: Person) -> list[int]:
    """Rows of person's frames: the surest that looks into the camera, then those turned furthest from any chosen."""
    towards = person.rotation[:, 2]  # the viewer's direction in canonical space
    speed = np.linalg.norm(np.diff(person.landmarks68[:, :, :2].mean(1), axis=0, prepend=np.nan), axis=-1)
    speed[0] = 0
    gap = np.diff(person.frame, prepend=person.frame[0]) > 1
    usual = np.median(speed[~gap]) + 1e-3 * person.scale.mean()
    good = person.confidence >= CONFIDENT * np.percentile(person.confidence, 90)
    still = good & (speed <= UNHURRIED * usual)
    candidates = np.flatnonzero(still if still.any() else good)
    chosen = [int(candidates[np.argmax(person.confidence[candidates] + towards[candidates, 2])])]
    while len(chosen) < MOST_VIEWS:
        angles = np.arccos(np.clip(towards[candidates] @ towards[chosen].T, -1, 1)).min(1)
        if angles.max() < APART:
            break
        chosen.append(int(candidates[angles.argmax()]))
    return chosen


def posed_map(person: Person, row: int, coarse: CoarseShape) -> np.ndarray:
    """Position map (256, 256, 3) of one of a person's frames, in the clip's pixels."""
    offset = person.neutral + np.tensordot(person.weights[row], person.basis, 1)
    turned = coarse.shape(offset) @ (person.scale[row] * person.rotation[row]).T
    return (turned + person.translation[row]).astype(np.float32)


def view_of_frame(
    frame: ClipFrame, position_map: np.ndarray, layout: UVLayout, mesh: GridMesh, size: int
) -> TextureView:
    """What a clip frame shows of a face, position_map (256, 256, 3) being in the clip's pixels."""
    in_picture = frame.to_picture(position_map)
    return view_texture(frame.picture, in_picture, visibility_of(in_picture, layout, mesh), size)
