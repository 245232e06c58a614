# SPDX-License-Identifier: GPL-3.0-or-later
"""The changed texture of a person goes back over the clip that it was captured from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.render_over import plain_view, render_over
from nets.errors import UsageError
from nets.geometry.crop import landmark_box
from nets.geometry.pose import pose_with
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh
from nets.interface.perspective import Camera
from nets.io.pictures import Picture


def render_over_clip(
    pictures: Iterable[Picture], performance: dict[str, np.ndarray], texture: np.ndarray, capturer: Capturer
) -> Iterator[np.ndarray]:
    """Yield the frames (H, W, 3) uint8 of a clip with what was changed of a person's texture.

    performance: the arrays of nets.performance.performance.Performance; texture: (T, T, 3) uint8
    Frames that do not show the face stay as they were. Raises UnreadableError or UsageError.
    """
    rows = {int(frame): row for row, frame in enumerate(performance["frame"]) if performance["tracked"][row]}
    for index, picture in enumerate(pictures):
        if picture.error:
            raise picture.error
        photo, row = picture.photo, rows.get(index)
        if [photo.shape[1], photo.shape[0]] != performance["image_size"].tolist():
            raise UsageError("the clip has another size than the one that was captured", picture.path)
        yield photo if row is None else _changed(photo, head_in_frame(performance, row), texture, capturer)


def head_in_frame(performance: dict[str, np.ndarray], row: int) -> TexturedMesh:
    """Return a person's head, with the texture of the capture, in a row of the performance's arrays."""
    weights = performance["weights"][row]
    canonical = performance["neutral"] + np.tensordot(weights, performance["basis"], 1)
    parts = (performance[name][row] for name in ("scale", "rotation", "translation"))
    pose, triangles = pose_with(Camera.of_array(performance["camera"]), *parts), performance["triangles"]
    mesh = SeenMesh.of(canonical, pose, triangles, tuple(performance["image_size"].tolist()))
    material = np.zeros(len(triangles), int)
    return TexturedMesh(mesh, performance["uv"][triangles], material, (performance["texture"],))


def _changed(photo: np.ndarray, head: TexturedMesh, texture: np.ndarray, capturer: Capturer) -> np.ndarray:
    in_view = in_view_of_frame(photo, head, capturer)
    if in_view is None:
        return photo
    return render_over(photo, replace(head, textures=(texture,)), head, plain_view(head.mesh, in_view))


def in_view_of_frame(photo: np.ndarray, head: TexturedMesh, capturer: Capturer) -> np.ndarray | None:
    """Return in_view (V,) of a head on the grid in a frame, see FaceResult; None if the frame does not show the face.

    The network runs once more, because what covers the face is not stored with a clip's frames.
    """
    layout = capturer.layout
    uv = vertex_uv(head)
    places = (layout.landmarks[:, ::-1] + 0.5) / len(layout.mask) * (1, -1) + (0, 1)
    nearest = [np.linalg.norm(uv - place, axis=1).argmin() for place in places]
    [estimate] = capturer.find(photo, [landmark_box(head.mesh.places[nearest])])
    if estimate.confidence < THRESHOLDS.accept:
        return None
    shown = capturer.anchor_interpolator.interpolate(estimate.seen)
    row, column = np.clip(np.rint((uv * (1, -1) + (0, 1)) * len(shown) - 0.5).astype(int), 0, len(shown) - 1)[:, ::-1].T
    return shown[row, column]


def vertex_uv(head: TexturedMesh) -> np.ndarray:
    """Return the places (V, 2) float32 in the layout of the vertices of a head on the grid."""
    uv = np.zeros((len(head.mesh.places), 2), np.float32)
    uv[head.mesh.triangles] = head.corner_uv
    return uv
