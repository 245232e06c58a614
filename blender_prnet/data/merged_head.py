# SPDX-License-Identifier: GPL-3.0-or-later
"""One head that the worker has made of several photos of a person."""

from dataclasses import dataclass

import numpy as np

from .face import AnyPose, pose_before
from .png import encode_png


@dataclass(frozen=True)
class MergedHead:
    """The arrays of the worker's `head` message, of V pictures, the one that shows the face best first.

    frames: of each picture, that of the movie at its path, from 0; None for a photo
    vertices: (N, 3) float32, canonical space, millimetres, the head at rest
    quads, uv, texture: as in face.CapturedFace
    visibility: (N,) float32, 0 to 1, in the photo that shows the vertex best
    uncertainty: (N,) float32, millimetres, the expected distance from the true surface
    landmarks: (68, 3) float32, canonical space, millimetres, iBUG order
    poses, image_sizes: of each photo
    view_vertices: (V, N, 3) float32, canonical space, millimetres, the head with the expression of each photo
    confidence: (V,) float32, 0 to 1
    """

    paths: tuple[str, ...]
    frames: tuple[int | None, ...]
    vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    texture: bytes
    visibility: np.ndarray
    uncertainty: np.ndarray
    landmarks: np.ndarray
    poses: tuple[AnyPose, ...]
    image_sizes: tuple[tuple[int, int], ...]
    view_vertices: np.ndarray
    confidence: np.ndarray
    model: str
    engine: str

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray], model: str, engine: str) -> "MergedHead":
        """Return the head that `model` found on `engine`. It encodes the texture, so call it in a thread."""
        poses = zip(*(arrays[f"view_{name}"] for name in ("camera", "scale", "rotation", "translation")), strict=True)
        return MergedHead(
            paths=tuple(message["paths"]),
            frames=tuple(None if frame < 0 else int(frame) for frame in arrays["view_frame"]),
            vertices=arrays["vertices"],
            quads=arrays["quads"],
            uv=arrays["uv"],
            texture=encode_png(arrays["texture"]),
            visibility=arrays["visibility"],
            uncertainty=arrays["uncertainty_mm"],
            landmarks=arrays["landmarks68"],
            poses=tuple(pose_before(*pose) for pose in poses),
            image_sizes=tuple((int(width), int(height)) for width, height in arrays["view_image_size"]),
            view_vertices=arrays["view_vertices"],
            confidence=arrays["view_confidence"],
            model=model,
            engine=engine,
        )

    def residual(self, view: int) -> float:
        """Return the root mean square distance in pixels between the head at rest and the face in photo `view`."""
        offsets = self.view_vertices[view] - self.vertices
        return float(np.sqrt((offsets**2).sum(1).mean()) * self.poses[view].scale)
