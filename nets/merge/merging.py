# SPDX-License-Identifier: GPL-3.0-or-later
"""From photos of one person to a merged head, as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.capture.capturer import HIDDEN_WEIGHT, Capturer, FaceEstimate
from nets.capture.finding import find_faces
from nets.capture.lens import PhotoCamera, pooled
from nets.capture.merged_head import MergedHead
from nets.capture.straightening import straightened
from nets.capture.texture import TextureView, complete, merge, view_texture, without_covered_ears
from nets.capture.warned import Warned
from nets.errors import NoFaceError, UnreadableError, UsageError
from nets.geometry.perspective_fit import pose_before
from nets.geometry.visibility import visibility_of
from nets.interface.file_kinds import is_movie
from nets.interface.perspective import camera_array
from nets.interface.text import printable
from nets.io.pictures import Picture, expand, read_pictures
from nets.io.report import InputEntry, recorded
from nets.io.stopwatch import Stopwatch
from nets.merge.separation import Separation
from nets.merge.shape import MAX_DISTANCE, ShapeEstimate, merge_shapes, shape_distances
from nets.model.bundle import Bundle

AT_REST = 3.0  # millimetres by which an expression moves a texel whose colour counts half


@dataclass(frozen=True)
class PhotoDone:
    """A photo has been examined. entry: its part of the report; done of total: the progress."""

    entry: InputEntry
    path: Path
    done: int
    total: int


Event = PhotoDone | Warned | MergedHead


@dataclass(frozen=True)
class PhotoView:
    """What one photo contributes.

    trust: (256, 256) float32 in [0, 1], how far the texture is that of the face at rest without an occluder
    visible: (N,) float32 in [0, 1]
    """

    path: Path
    image_size: np.ndarray
    camera: PhotoCamera
    estimate: FaceEstimate
    shape: ShapeEstimate
    texture: TextureView
    trust: np.ndarray
    visible: np.ndarray


class Merger:
    """Merges photos of one person into a head."""

    def __init__(self, capturer: Capturer, bundle: Bundle):
        """Raises BundleError. capturer: set to find the largest face only."""
        self.capturer, self.separation = capturer, Separation(bundle)

    def merge(
        self, paths: list[str], boxes: dict[str, np.ndarray], cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        """Yield events, the last one a MergedHead unless cancelled.

        Raises UsageError or NoFaceError if fewer than two photos are left.
        """
        files = list(dict.fromkeys(expand(paths)))
        if len(files) < 2:
            raise UsageError("a head is merged from two photos or more", remedy="Choose more photos of the person")
        views = []
        photos = [path for path in files if not is_movie(path)]
        for path in files:
            if path not in photos:
                entry = InputEntry(printable(path))
                entry.fail(UnreadableError("a movie, not a photo", path, "Bake it, or save frames of it as photos"))
                yield PhotoDone(entry, path, 0, len(files))
        for done, picture in enumerate(read_pictures(photos), len(files) - len(photos) + 1):
            if cancelled():
                return
            entry, clock = InputEntry.of(picture), Stopwatch()
            entry.ms, clock.ms["read"] = clock.ms, picture.read_ms
            with recorded(entry):
                view = self.photo_view(picture, boxes, clock)
                views.append(view)
                box = [round(float(edge), 2) for edge in view.estimate.box]
                entry.faces.append({"box": box, "confidence": round(view.estimate.confidence, 4)})
            yield PhotoDone(entry, picture.path, done, len(files))
        if len(views) < 2:
            which = f"only {printable(views[0].path.name)} shows a face" if views else "none of the photos shows a face"
            raise NoFaceError(f"{which} that was found; a head is merged from two or more", remedy="Add other photos")
        views.sort(key=lambda view: -float(view.texture.clean.sum()))  # the texture's colours are the first one's
        distances = shape_distances([view.shape for view in views], self.separation.coarse)
        for view, distance in zip(views, distances, strict=True):
            if distance > MAX_DISTANCE:
                name = printable(view.path.name)
                yield Warned(f"{name} may show somebody else: the face differs by {distance:.1f} mm from the others")
        yield self.head(views, distances)

    def photo_view(self, picture: Picture, boxes: dict[str, np.ndarray], clock: Stopwatch) -> PhotoView:
        """Return what a photo contributes. Raises NoFaceError and the photo's own error."""
        capturer, photo = self.capturer, picture.photo
        estimate = find_faces(picture, boxes, capturer, clock)[0]
        camera = capturer.camera_of(photo, estimate, picture.focal)
        with clock.measure("network"):
            estimate = straightened(photo, estimate, camera, capturer)
        with clock.measure("mesh"):
            visibility = visibility_of(estimate.position_map, capturer.layout, capturer.depth_mesh)
            in_view, uncertainty = map(capturer.anchor_interpolator.interpolate, (estimate.seen, estimate.uncertainty))
            shape = self.separation.separate(estimate.position_map, uncertainty)
            shown = without_covered_ears(visibility, in_view, capturer.layout)
            moved = np.linalg.norm(self.separation.coarse.upsample(shape.expression), axis=-1)
            return PhotoView(
                picture.path,
                np.array(photo.shape[1::-1], np.int32),
                camera,
                estimate,
                shape,
                view_texture(photo, estimate.position_map, shown, capturer.options.texture_size),
                in_view / (1 + (moved / AT_REST) ** 2),
                capturer.layout.sample(capturer.mesh, visibility.seen[..., None])[:, 0],
            )

    def head(self, views: list[PhotoView], distances: np.ndarray) -> MergedHead:
        """Merge the views. distances: (V,), see shape_distances."""
        capturer, coarse = self.capturer, self.separation.coarse
        layout, mesh = capturer.layout, capturer.mesh
        identity = merge_shapes([view.shape for view in views], coarse)
        at_rest = coarse.shape(identity)
        cameras = pooled([view.camera for view in views], np.stack([view.image_size for view in views]))
        poses, seen = [], []
        for view, camera in zip(views, cameras, strict=True):
            canonical = layout.sample(mesh, coarse.shape(identity + view.shape.expression))
            vertices = layout.sample(mesh, view.estimate.position_map)
            weights = HIDDEN_WEIGHT + (1 - HIDDEN_WEIGHT) * view.visible
            poses.append(pose_before(camera.camera, canonical, vertices, weights))
            seen.append(poses[-1].undo(vertices))
        texture, texture_mask = complete(
            merge([view.texture for view in views], [view.trust for view in views]), layout
        )
        visible = np.stack([view.visible for view in views])
        return MergedHead(
            paths=tuple(str(view.path) for view in views),
            shape_distance_mm=distances,
            vertices=layout.sample(mesh, at_rest),
            visibility=visible.max(0),
            triangles=mesh.triangles,
            quads=mesh.quads,
            uv=mesh.uv,
            position_map=at_rest,
            landmarks68=layout.landmarks_of(at_rest),
            texture=texture,
            texture_mask=texture_mask,
            view_camera=np.stack(
                [camera_array(each.camera, view.image_size) for each, view in zip(cameras, views, strict=True)]
            ),
            view_camera_known=np.stack([camera.code for camera in cameras]),
            view_scale=np.float32([pose.scale for pose in poses]),
            view_rotation=np.stack([pose.rotation for pose in poses]).astype(np.float32),
            view_translation=np.stack([pose.translation for pose in poses]).astype(np.float32),
            view_vertices=np.stack(seen).astype(np.float32),
            view_visibility=visible,
            view_expression=np.stack([view.estimate.expression for view in views]),
            view_box=np.stack([view.estimate.box for view in views]),
            view_confidence=np.float32([view.estimate.confidence for view in views]),
            view_image_size=np.stack([view.image_size for view in views]),
        )
