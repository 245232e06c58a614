# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture of a merged head, from the photos that count."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.texture import complete
from nets.errors import UsageError
from nets.geometry.pose import Pose
from nets.interface.perspective import PerspectivePose
from nets.merge.alignment import aligned_maps
from nets.merge.photo_view import PhotoView
from nets.merge.sightings import Comparison
from nets.merge.texture_blend import blend
from nets.merge.verdict import directions
from nets.merge.view_camera import ViewCamera


def head_texture(
    views: Sequence[PhotoView],
    poses: Sequence[Pose | PerspectivePose],
    maps: Sequence[np.ndarray],
    expressions: Sequence[np.ndarray],
    weights: Sequence[float],
    capturer: Capturer,
    comparison: Comparison,
) -> tuple[np.ndarray, np.ndarray]:
    """Return texture (T, T, 3) and mask (T, T), uint8.

    poses: of the head in each photo; maps: (256, 256, 3) for each, where the head lies in it, image space
    expressions: (256, 256, 3) for each, by how much its expression moves each texel, canonical millimetres
    weights: how much each photo is preferred; with 0 it is left out. Raises UsageError if all are.
    """
    counted = [number for number, weight in enumerate(weights) if weight > 0]
    if not counted:
        raise all_left_out()
    moved = [(maps[number] - np.append(views[number].corner, 0)).astype(np.float32) for number in counted]
    if len(counted) > 1:
        facing = directions([ViewCamera.of(poses[number]) for number in counted])
        moved = aligned_maps(comparison, [views[number].compared() for number in counted], moved, facing)
    shown = [
        views[number].shown(position_map, expressions[number], weights[number], capturer)
        for number, position_map in zip(counted, moved, strict=True)
    ]
    return complete(blend(shown, capturer.layout, capturer.options.texture_size), capturer.layout)


def all_left_out() -> UsageError:
    """Return the error of a head none of whose pictures counts in its texture."""
    return UsageError("all pictures are left out of the texture", remedy="Give one a weight above 0")
