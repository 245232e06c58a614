# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one captured face: it is saved, sent to Blender and exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.geometry.pose import Pose, angles, pose_with
from nets.interface.expressions import EXPRESSIONS
from nets.interface.perspective import KNOWN, Camera, PerspectivePose
from nets.io.files import replace_npz


@dataclass(frozen=True)
class FaceResult:
    """One captured face in image space: pixels, pixel centres at integers, x right, y down, z towards the viewer.

    z tells nearness along the ray to the head's origin, at the scale that the head has there: see
    nets/interface/perspective.py.
    """

    position_map: np.ndarray  # (256, 256, 3) float32
    vertices: np.ndarray  # (N, 3) float32
    triangles: np.ndarray  # (M, 3) int32, counter-clockwise seen from outside once y points up
    quads: np.ndarray  # (Q, 4) int32, as the triangles
    uv: np.ndarray  # (N, 2) float32, u right, v up
    landmarks68: np.ndarray  # (68, 3) float32, iBUG order
    visibility: np.ndarray  # (N,) float32 in [0, 1]: faces the camera and is not occluded by the face itself
    in_view: np.ndarray  # (N,) float32 in [0, 1]: nor occluded by anything else, such as hair, hands or glasses
    uncertainty: np.ndarray  # (N,) float32: expected error in pixels
    expression: np.ndarray  # (53,) float32 in [0, 1], see nets/interface/expressions.py
    gaze: np.ndarray  # (2, 2) float32: yaw, pitch of the right and the left eye, see nets.model.engines.Prediction
    confidence: np.ndarray  # () float32 in [0, 1]
    box: np.ndarray  # (4,) float32: left, top, right, bottom, tight round the landmarks
    pose_scale: np.ndarray  # () float32; pose as in nets.geometry.pose.Pose: image = scale · R @ canonical + t
    pose_rotation: np.ndarray  # (3, 3) float32, determinant -1
    pose_translation: np.ndarray  # (3,) float32
    texture: np.ndarray  # (T, T, 3) uint8 RGB, row 0 at v = 1
    texture_mask: np.ndarray  # (T, T) uint8: 1 where the photo shows the texel itself
    image_size: np.ndarray  # (2,) int32: width, height
    camera: np.ndarray  # (3,) float32: focal length, infinite without perspective, and principal point x, y, pixels
    perspective_scale: np.ndarray  # () float32; perspective_… as in nets.interface.perspective.PerspectivePose
    perspective_rotation: np.ndarray  # (3, 3) float32, determinant -1
    perspective_translation: np.ndarray  # (3,) float32
    camera_known: np.ndarray  # () uint8: where the focal length is from, an index into KNOWN
    residual: float  # root mean square distance that the pose leaves, pixels; reported, not saved

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that are saved and sent, by name."""
        return {name: np.asarray(value) for name, value in vars(self).items() if name != "residual"}

    @property
    def pose(self) -> Pose | PerspectivePose:
        """The pose before the photo's camera."""
        parts = self.perspective_scale, self.perspective_rotation, self.perspective_translation
        return pose_with(Camera.of_array(self.camera), *parts)

    def canonical_vertices(self) -> np.ndarray:
        """Return the vertices without pose and perspective, (N, 3) float32, canonical space, millimetres."""
        return self.pose.undo(self.vertices)

    def summary(self) -> dict:
        """Return the face's entry of the report.

        The box and the camera's focal length are in pixels, the residual in per cent of the box's size, the pose in
        degrees, the distance from the camera in millimetres.
        """
        size = float((self.box[2:] - self.box[:2]).prod()) ** 0.5
        yaw, pitch, roll = angles(self.pose_rotation)
        return {
            "box": [round(float(edge), 2) for edge in self.box],
            "confidence": round(float(self.confidence), 4),
            "residual_percent": round(100 * self.residual / max(size, 1e-6), 2),
            "pose": {"yaw": round(yaw, 1), "pitch": round(pitch, 1), "roll": round(roll, 1)},
            "camera": self.camera_summary(),
        }

    def camera_summary(self) -> dict:
        """Return the camera's part of the report; focal and distance are None without perspective."""
        pose = self.pose
        near = isinstance(pose, PerspectivePose)
        return {
            "known": KNOWN[int(self.camera_known)],
            "focal": round(pose.camera.focal, 1) if near else None,
            "principal_point": [round(float(each), 2) for each in self.camera[1:]],
            "distance_mm": round(pose.distance) if near else None,
        }

    def save(self, path: str | Path) -> None:
        """Write arrays() as .npz, with expression_names (53,) str, the names of the expression's weights."""
        replace_npz(path, self.arrays() | {"expression_names": np.array(EXPRESSIONS)})
