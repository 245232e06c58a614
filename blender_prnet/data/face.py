# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scene needs to know of one captured face."""

from dataclasses import dataclass

import numpy as np

from .png import encode_png

VERTEX_MEASURES = ("visibility", "in_view", "uncertainty")  # arrays of the worker's message, see scene.measures


@dataclass(frozen=True)
class Pose:
    """image = scale * rotation @ canonical + translation, fitted over all vertices.

    scale: pixels per millimetre; rotation: (3, 3) f8, determinant -1 because image y points down and canonical y up;
    translation: (3,) f8 pixels.
    """

    scale: float
    rotation: np.ndarray
    translation: np.ndarray


@dataclass(frozen=True)
class Face:
    """One face of one photo.

    vertices: (N, 3) f4 in image space (pixel centres at integers, x right, y down, z towards the viewer);
    quads: (Q, 4) i4, counter-clockwise seen from outside; uv: (N, 2) f4, v up;
    texture: a PNG file, square, row 0 is v = 1; image_size: width, height of the upright photo in pixels.
    landmarks: (68, 3) f4 in image space, iBUG order; measures: of VERTEX_MEASURES, (N,) f4 each; expressions: name ->
    weight, 0 to 1; gaze: (2, 2) f4 radians, yaw (towards the subject's left) and pitch (upwards) of the right and the
    left eye against the head. Networks that say nothing of the last two leave them empty.
    """

    vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    texture: bytes
    pose: Pose
    image_size: tuple[int, int]
    path: str
    index: int
    box: tuple[float, ...]
    confidence: float
    residual: float
    model: str
    engine: str
    frame: int
    landmarks: np.ndarray
    measures: dict[str, np.ndarray]
    expressions: dict[str, float]
    gaze: np.ndarray

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray], model: str, engine: str) -> "Face":
        """The face of a worker's `face` message, seen by `model` on `engine`. Slow enough to want a thread."""
        return Face(
            vertices=arrays["vertices"],
            quads=arrays["quads"],
            uv=arrays["uv"],
            texture=encode_png(arrays["texture"]),
            pose=Pose(
                float(arrays["pose_scale"]),
                arrays["pose_rotation"].astype(np.float64),
                arrays["pose_translation"].astype(np.float64),
            ),
            image_size=tuple(int(side) for side in arrays["image_size"]),
            path=message["path"],
            index=int(message["index"]),
            box=tuple(float(side) for side in message["box"]),
            confidence=float(message["confidence"]),
            residual=float(message["residual"]),
            model=model,
            engine=engine,
            frame=message.get("frame") or 0,
            landmarks=arrays["landmarks68"],
            measures={name: arrays[name] for name in VERTEX_MEASURES},
            expressions=message["expressions"],
            gaze=arrays["gaze"],
        )
