# SPDX-License-Identifier: GPL-3.0-or-later
"""One captured face of a photo, and its pose."""

from dataclasses import dataclass

import numpy as np

from ..interface import perspective
from .png import encode_png

VERTEX_MEASURES = ("visibility", "in_view", "uncertainty")  # arrays of the worker's message, see scene.measures


def are_quads(quads: np.ndarray, vertices: int) -> bool:
    """Tell whether an array holds quads of so many vertices. A wrong index in a mesh makes Blender crash."""
    shaped = quads.ndim == 2 and quads.shape[1] == 4 and quads.dtype.kind in "iu" and quads.size > 0
    return shaped and quads.min() >= 0 and quads.max() < vertices


@dataclass(frozen=True)
class Pose:
    """The similarity that takes canonical space to image space: image = scale * rotation @ canonical + translation.

    It is fitted over all vertices.

    scale: pixels per millimetre
    rotation: (3, 3) float64, determinant -1 because image y points down and canonical y up
    translation: (3,) float64, pixels
    """

    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    @staticmethod
    def of(scale, rotation: np.ndarray, translation: np.ndarray) -> "Pose":
        """Return the pose from numbers of any precision."""
        return Pose(float(scale), rotation.astype(np.float64), translation.astype(np.float64))

    def undo(self, image: np.ndarray) -> np.ndarray:
        """Return the canonical points (..., 3) of image points (..., 3)."""
        return (image - self.translation) @ self.rotation / self.scale


AnyPose = Pose | perspective.PerspectivePose


def pose_before(camera: np.ndarray | None, scale, rotation: np.ndarray, translation: np.ndarray) -> AnyPose:
    """Return the pose before a camera.

    camera: (3,), as perspective.camera_array writes it; None for what was captured before there were cameras
    scale, rotation, translation: numbers of any precision, as in Pose or in perspective.PerspectivePose
    """
    pose = Pose.of(scale, rotation, translation)
    lens = None if camera is None else perspective.Camera.of_array(camera)
    return perspective.PerspectivePose(lens, pose.scale, pose.rotation, pose.translation) if lens else pose


def pose_of_arrays(arrays: dict[str, np.ndarray]) -> AnyPose:
    """Return the pose of a face from the arrays of its message or file; files of earlier versions have no camera."""
    kind = "perspective" if "camera" in arrays else "pose"
    parts = (arrays[f"{kind}_{name}"] for name in ("scale", "rotation", "translation"))
    return pose_before(arrays.get("camera"), *parts)


@dataclass(frozen=True)
class CapturedFace:
    """One face of one photo.

    vertices: (N, 3) float32, image space, pixels
    quads: (Q, 4) int32, counter-clockwise seen from outside
    uv: (N, 2) float32, v up
    texture: a PNG file, square, row 0 is v = 1
    image_size: width and height of the upright photo, pixels
    path, frame: the photo, or the movie and the index of the frame from 0
    index: number of the face in the photo, from 0 by falling size
    box: left, top, right, bottom, image space, pixels
    confidence: 0 to 1
    residual: root mean square distance of the vertices from the fitted pose, pixels
    model, engine: names of the network and of what ran it
    landmarks: (68, 3) float32, image space, pixels, iBUG order
    measures: name of VERTEX_MEASURES -> (N,) float32
    expressions: name -> weight, 0 to 1; empty if the network does not estimate them
    gaze: (2, 2) float32, radians, of the right and the left eye against the head: yaw, positive towards the subject's
        left, and pitch, positive upwards; empty if the network does not estimate it
    pose: before the photo's camera; without perspective if the camera is orthographic
    lens: where the focal length is from, one of perspective.KNOWN; empty if unknown
    photo: a PNG file of the photo, upright, where Blender does not show the photo's own file; else empty
    """

    vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    texture: bytes
    pose: AnyPose
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
    lens: str = ""
    photo: bytes = b""

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray], model: str, engine: str) -> "Face":
        """Return the face of the worker's `face` message. It encodes the texture, so call it in a thread."""
        return CapturedFace(
            vertices=arrays["vertices"],
            quads=arrays["quads"],
            uv=arrays["uv"],
            texture=encode_png(arrays["texture"]),
            pose=pose_of_arrays(arrays),
            lens=perspective.KNOWN[int(arrays["camera_known"])] if "camera" in arrays else "",
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
            photo=arrays["photo_png"].tobytes() if "photo_png" in arrays else b"",
        )
