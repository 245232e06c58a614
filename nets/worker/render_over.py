# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `render_over`: what was painted, sculpted or shaded of a head goes back over its photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.correction import Correction, correct
from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.face import FaceResult
from nets.capture.mesh_formats import encode_png
from nets.capture.render_over import draw_over, plain_view, render_over
from nets.errors import UnreadableError, UsageError
from nets.geometry.crop import landmark_box
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh
from nets.geometry.uv_layout import Density
from nets.io.files import replace_file
from nets.io.photo import read_bytes
from nets.io.pictures import read_picture
from nets.topology.textured_head import in_view_on
from nets.worker.models import GRID, Models
from nets.worker.request import Message, Request
from nets.worker.seen_head import mean_vertices, seen_mesh_of

STILL = 0.02  # pixels by which a vertex may be off its captured place without having been moved
NO_TEXTURE = np.full((1, 1, 3), 200, np.uint8)  # of materials whose colour is the same before and after


def render_over_photo(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `render_over` request."""
    message, files = request.message, request.message["files"]
    path = Path(message["path"])
    picture = read_picture(path, message.get("frame"))
    photo = picture.photo
    if message.get("mirrored"):
        photo = np.ascontiguousarray(photo[:, ::-1])
    if (width_height := [photo.shape[1], photo.shape[0]]) != list(message["image_size"]):
        sizes = "{} x {} pixels, the photo of the capture had {} x {}".format(*width_height, *message["image_size"])
        raise UsageError(f"the photo has {sizes}", path, "Choose the photo that was captured, or capture this one")
    changed = _changed(request, models, photo, picture.focal)
    replace_file(Path(files["picture"]), encode_png(photo if changed is None else changed))
    yield {"type": "pictures", "files": files}, {}


def _changed(request: Request, models: Models, photo: np.ndarray, focal: float | None) -> np.ndarray | None:
    """Return the photo with the changes of its head; None if it does not show the face. focal: as its file tells."""
    mesh, layout = seen_mesh_of(request), models.bundle(request.options).layout
    head_maker = models.head_maker(request.options, request.options.get("topology", GRID))
    counts = {len(layout.mesh(density).texels): density for density in get_args(Density)}
    if head_maker:
        counts = {len(head_maker.model.neutral): "dense"}
    if len(mesh.places) not in counts:
        message = f"the head has {len(mesh.places)} vertices, not those of its capture"
        raise UsageError(message, remedy="Undo the change of its topology, or disable modifiers that add vertices")
    options = {**request.options, "faces": "all", "density": counts[len(mesh.places)]}
    face = _face(request, models, models.capturer(options), photo, focal)
    if face is None:
        return None
    shown = plain_view(mesh, in_view_on(face, head_maker))
    if rendered := request.message.get("rendered"):
        return draw_over(photo, _read_render(Path(rendered), photo), shown)
    captured = _textured(request, mesh, "captured_")
    return render_over(photo, _as_it_is(_textured(request, mesh, ""), captured), captured, shown)


def _face(
    request: Request, models: Models, capturer: Capturer, photo: np.ndarray, focal: float | None
) -> FaceResult | None:
    """Capture the face of a photo (H, W, 3) as it was captured before, or where the frame of a clip has its head."""
    if "box" in request.message:
        return correct(photo, Correction.of(request.message | {"mirrored": False}), capturer, focal)
    landmarks = capturer.layout.landmarks_of(capturer.layout.mean)
    mean = mean_vertices(request, models)
    nearest = [np.linalg.norm(mean - landmark, axis=1).argmin() for landmark in landmarks]
    box = landmark_box(request.arrays["places"][nearest])
    if not np.isfinite(box).all() or (box[2:] - box[:2] < 1).any():
        return None
    [estimate] = capturer.find(photo, [box])
    return capturer.build(photo, estimate) if estimate.confidence >= THRESHOLDS.accept else None


def _textured(request: Request, mesh: SeenMesh, state: str) -> TexturedMesh:
    """Return the head of a request's arrays. state: what their names begin with, "captured_" as it was captured.

    Raises UsageError.
    """
    arrays = request.arrays
    try:
        corner_uv, material = arrays["corner_uv"], arrays["material"].astype(int)
        places, points = arrays[f"{state}places"], arrays[f"{state}points"]
    except KeyError as error:
        raise UsageError(f"not a request to render over a photo ({error!r})") from None
    slots = range(int(material.max(initial=0)) + 1)
    textures = tuple(arrays.get(f"{state}texture_{slot}", NO_TEXTURE) for slot in slots)
    return TexturedMesh(replace(mesh, places=places, points=points), corner_uv, material, textures)


def _as_it_is(head: TexturedMesh, captured: TexturedMesh) -> TexturedMesh:
    """Return the head with its vertices exactly at their captured places where only rounding has moved them."""
    now, before = head.mesh, captured.mesh
    still = np.linalg.norm(now.places - before.places, axis=1) < STILL
    places, points = (
        np.where(still[:, None], old, new) for old, new in ((before.places, now.places), (before.points, now.points))
    )
    return replace(head, mesh=replace(now, places=places, points=points))


def _read_render(path: Path, photo: np.ndarray) -> np.ndarray:
    """Return a render (H, W, 4) uint8, sRGB and alpha. Raises UnreadableError unless it is as large as the photo."""
    picture = cv2.imdecode(read_bytes(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.shape != (*photo.shape[:2], 4):
        raise UnreadableError("not a render of the head in its photo's size", path)
    return cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA)
