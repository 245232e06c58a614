# SPDX-License-Identifier: GPL-3.0-or-later
"""A head of known geometry, and a performance of known motion."""

import math

import numpy as np

from blender_prnet.data.performance import Performance
from nets.interface.live_link import WEIGHTS
from nets.interface.perspective import Camera, PerspectivePose, camera_array

ROWS = 24
EYES = np.array([[-31.0, 0, 0], [31.0, 0, 0]])  # canonical millimetres; the mesh's first two vertices


def rotation(yaw, pitch, roll):
    """Canonical -> image axes: a turn of the head, then y down."""

    def about(axis, angle):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        matrix = np.eye(3)
        matrix[[i, i, j, j], [i, j, i, j]] = math.cos(angle), -math.sin(angle), math.sin(angle), math.cos(angle)
        return matrix

    return np.diag([1.0, -1, 1]) @ about(2, roll) @ about(0, pitch) @ about(1, yaw)


def canonical_head():
    """(2 + ROWS², 3) millimetres: the eyes, then the front half of an ellipsoid; (Q, 4) quads; (N, 2) uv."""
    v, u = np.meshgrid(np.linspace(0.95, 0.05, ROWS), np.linspace(0.05, 0.95, ROWS), indexing="ij")
    azimuth, height = np.pi * (u - 0.5), np.pi * (v - 0.5)
    cap = np.stack([75 * np.cos(height) * np.sin(azimuth), 110 * np.sin(height), 95 * np.cos(height) * np.cos(azimuth)])
    row, column = np.mgrid[: ROWS - 1, : ROWS - 1]
    corner = (2 + row * ROWS + column).ravel()
    quads = np.stack([corner, corner + ROWS, corner + ROWS + 1, corner + 1], 1)
    uv = np.concatenate([np.full((2, 2), 0.5), np.stack([u.ravel(), v.ravel()], 1)])
    return np.concatenate([EYES, cap.reshape(3, -1).T]), quads.astype(np.int32), uv.astype(np.float32)


def make_performance(clip, frames=9, image_size=(640, 480), first=0, shapes=False, still=False, focal=None):
    """`frames` frames from clip frame `first` on; (Performance, truth (frames, N, 3) in image space).

    The head turns more than half round, nears the camera, and moves three ways that jawOpen, mouthPucker and cheekPuff
    cause. shapes: with arkit_shapes, as a worker with a face model sends them. focal: of a clip with perspective,
    pixels.
    """
    generator = np.random.default_rng(5)
    neutral, quads, uv = canonical_head()
    along = np.linspace(0, 1, frames)
    rotations = np.stack([rotation(3.6 * at - 1.8, 0.3 * math.sin(6 * at), 0.5 * at) for at in along])
    scale = 1.2 + 0.5 * along
    translation = np.stack([200 + 200 * along, 250 - 40 * along, 5 * along], 1)
    basis = generator.normal(0, 3, (3, len(neutral), 3)).astype(np.float32)
    names = tuple(name[0].lower() + name[1:] for name in WEIGHTS)
    moved = [names.index(name) for name in ("jawOpen", "mouthPucker", "cheekPuff")]
    arkit = np.zeros((frames, len(names)), np.float32)
    if not still:
        arkit[:, moved] = 0.5 + 0.5 * np.sin(np.outer(along, (5, 9, 14)) + (0, 1, 2))
    arkit_shapes = np.zeros((len(names), len(neutral), 3), np.float32)
    arkit_shapes[moved] = basis
    weights = arkit[:, moved]
    canonical = neutral + np.tensordot(weights, basis, 1)
    camera = Camera.of_photo(focal, image_size) if focal else None
    if focal:
        poses = zip(scale, rotations, translation, canonical, strict=True)
        truth = np.stack([PerspectivePose(camera, *pose).apply(shape) for *pose, shape in poses])
    else:
        truth = scale[:, None, None] * canonical @ rotations.transpose(0, 2, 1) + translation[:, None]
    texture = np.full((64, 64, 3), 128, np.uint8)
    performance = Performance(
        clip=str(clip), person=0, rate=24.0, image_size=image_size, frame=np.arange(first, first + frames),
        time=np.arange(first, first + frames) / 24, tracked=np.ones(frames, bool),
        confidence=np.full(frames, 0.875, np.float32), scale=scale.astype(np.float32),
        rotation=rotations.astype(np.float32), translation=translation.astype(np.float32),
        neutral=neutral.astype(np.float32), basis=basis, weights=weights, error_mm=0.01, arkit=arkit,
        arkit_names=names, arkit_shapes=arkit_shapes if shapes else None, uv=uv, quads=quads, texture=texture,
        textures="", camera=camera_array(camera, image_size) if focal else None, lens="given" if focal else "",
    )  # fmt: skip
    return performance, truth
