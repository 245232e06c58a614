# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the own head's skin lies in its texture: the head under each texel, and the chart's place."""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.inpainting import push_pull
from nets.topology.head_model import HeadModel
from nets.topology.own_head import CHART

STEPS = 8  # samples along each side of a quad: at 512 texels a quad of the frame is up to seven wide


def over_texture(model: HeadModel, values: np.ndarray, size: int) -> np.ndarray:
    """Return what values (V, C) of the head's vertices are under each texel of the skin's texture, (size, size, C)
    float32, carried on smoothly beyond the skin's border."""
    skin = model.part == model.part_names.index("skin")
    along = (np.arange(STEPS) + 0.5) / STEPS
    s, t = (each.ravel() for each in np.meshgrid(along, along))
    corners = np.stack([(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t], 1)
    uv = (corners @ model.uv[model.face_uv[skin]].astype(np.float64)).reshape(-1, 2)
    samples = (corners @ values[model.faces[skin]].astype(np.float64)).reshape(-1, values.shape[1])
    column, row = np.clip((uv * (size, -size) + (0, size)).astype(int), 0, size - 1).T
    texel = row * size + column
    count = np.bincount(texel, minlength=size * size)
    sums = np.stack([np.bincount(texel, axis, size * size) for axis in samples.T], 1)
    mean = (sums / np.maximum(count, 1)[:, None]).reshape(size, size, -1)
    return push_pull(mean, (count > 0).reshape(size, size).astype(np.float32))


def placed(values: np.ndarray, size: int) -> np.ndarray:
    """Return values (S, S, …) of the chart at their place in a texture (size, size, …), 0 around; uint8 or float32."""
    low, high = np.round(CHART * size).astype(int)
    values = values if values.dtype == np.uint8 else values.astype(np.float32)
    result = np.zeros((size, size, *values.shape[2:]), values.dtype)
    shape = tuple(int(each) for each in high - low)
    kind = cv2.INTER_AREA if len(values) > 1.5 * shape[0] else cv2.INTER_LINEAR
    result[low[1] : high[1], low[0] : high[0]] = cv2.resize(values, shape, interpolation=kind)
    return result


def chart_of(picture: np.ndarray, size: int) -> np.ndarray:
    """Return the chart's part (size, size, …) of a picture (S, S, …) in the texture; the inverse of placed."""
    low, high = np.round(CHART * len(picture)).astype(int)
    return cv2.resize(picture[low[1] : high[1], low[0] : high[0]], (size, size), interpolation=cv2.INTER_LINEAR)
