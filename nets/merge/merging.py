# SPDX-License-Identifier: GPL-3.0-or-later
"""From photos of one person to their head, as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.capture.capturer import LEAST_WEIGHT, Capturer, FaceEstimate
from nets.capture.finding import find_faces
from nets.capture.merged_head import MergedHead
from nets.capture.texture import TextureView, complete, merge, view_texture, without_covered_ears
from nets.errors import NoFaceError, UnreadableError, UsageError
from nets.geometry.pose import fit_pose
from nets.geometry.visibility import visibility_of
from nets.io.pictures import Picture, expand, is_video, read_pictures
from nets.io.report import InputEntry, printable, recorded
from nets.io.stopwatch import Stopwatch
from nets.merge.separation import Separation
from nets.merge.shape import UNLIKE, SeenShape, merge_shapes, unlikeness
from nets.model.bundle import Bundle

AT_REST = 3.0  # millimetres by which an expression may move a texel that is still the photo's to colour


@dataclass(frozen=True)
class Looked:
    """A photo is done with: its entry of the report, and how many of the total are."""

    entry: InputEntry
    path: Path
    done: int
    total: int


@dataclass(frozen=True)
class Warned:
    message: str


Event = Looked | Warned | MergedHead


@dataclass(frozen=True)
class View:
    """What one photo contributes. trust (256, 256) f4 in [0, 1]: how far the texture is that of the face at rest, with
    nothing before it; visible (N,) f4 in [0, 1]."""

    path: Path
    image_size: np.ndarray
    estimate: FaceEstimate
    shape: SeenShape
    texture: TextureView
    trust: np.ndarray
    visible: np.ndarray


class Merger:
    """A capturer that looks for the largest face only, and its network taken apart. Raises BundleError."""

    def __init__(self, capturer: Capturer, bundle: Bundle):
        self.capturer, self.separation = capturer, Separation(bundle)

    def merge(
        self, paths: list[str], boxes: dict[str, np.ndarray], cancelled: Callable[[], bool] = lambda: False
    ) -> Iterator[Event]:
        """Ends with a MergedHead unless cancelled. Raises UsageError and NoFaceError where two photos are not left."""
        files = list(dict.fromkeys(expand(paths)))
        if len(files) < 2:
            raise UsageError("a head is merged from two photos or more", remedy="Choose more photos of the person")
        views = []
        photos = [path for path in files if not is_video(path)]
        for path in files:
            if path not in photos:
                entry = InputEntry(printable(path))
                entry.fail(UnreadableError("a movie, not a photo", path, "Bake it, or save frames of it as photos"))
                yield Looked(entry, path, 0, len(files))
        for done, picture in enumerate(read_pictures(photos), len(files) - len(photos) + 1):
            if cancelled():
                return
            entry, clock = InputEntry.of(picture), Stopwatch()
            entry.ms, clock.ms["read"] = clock.ms, picture.read_ms
            with recorded(entry):
                view = self.look(picture, boxes, clock)
                views.append(view)
                box = [round(float(edge), 2) for edge in view.estimate.box]
                entry.faces.append({"box": box, "confidence": round(view.estimate.confidence, 4)})
            yield Looked(entry, picture.path, done, len(files))
        if len(views) < 2:
            which = f"only {printable(views[0].path.name)} shows a face" if views else "none of the photos shows a face"
            raise NoFaceError(f"{which} that was found; a head is merged from two or more", remedy="Add other photos")
        views.sort(key=lambda view: -float(view.texture.clean.sum()))  # the texture's colours are the first one's
        unlike = unlikeness([view.shape for view in views], self.separation.coarse)
        for view, distance in zip(views, unlike, strict=True):
            if distance > UNLIKE:
                name = printable(view.path.name)
                yield Warned(f"{name} may show somebody else: the face differs by {distance:.1f} mm from the others")
        yield self.head(views, unlike)

    def look(self, picture: Picture, boxes: dict[str, np.ndarray], clock: Stopwatch) -> View:
        """Raises NoFaceError and the photo's own error."""
        capturer, photo = self.capturer, picture.photo
        estimate = find_faces(picture, boxes, capturer, clock)[0]
        with clock.measure("mesh"):
            visibility = visibility_of(estimate.position_map, capturer.layout, capturer.depth_mesh)
            in_view, uncertainty = map(capturer.anchor_field.spread, (estimate.seen, estimate.uncertainty))
            shape = self.separation.separate(estimate.position_map, uncertainty)
            shown = without_covered_ears(visibility, in_view, capturer.layout)
            moved = np.linalg.norm(self.separation.coarse.upsample(shape.expression), axis=-1)
            return View(
                picture.path,
                np.array(photo.shape[1::-1], np.int32),
                estimate,
                shape,
                view_texture(photo, estimate.position_map, shown, capturer.options.texture_size),
                in_view / (1 + (moved / AT_REST) ** 2),
                capturer.layout.sample(capturer.mesh, visibility.seen[..., None])[:, 0],
            )

    def head(self, views: list[View], unlike: np.ndarray) -> MergedHead:
        capturer, coarse = self.capturer, self.separation.coarse
        layout, mesh = capturer.layout, capturer.mesh
        own = merge_shapes([view.shape for view in views], coarse)
        at_rest = coarse.shape(own)
        poses, seen = [], []
        for view in views:
            performing = layout.sample(mesh, coarse.shape(own + view.shape.expression))
            vertices = layout.sample(mesh, view.estimate.position_map)
            poses.append(fit_pose(performing, vertices, LEAST_WEIGHT + (1 - LEAST_WEIGHT) * view.visible))
            seen.append(poses[-1].undo(vertices))
        texture, texture_mask = complete(
            merge([view.texture for view in views], [view.trust for view in views]), layout
        )
        visible = np.stack([view.visible for view in views])
        return MergedHead(
            paths=tuple(str(view.path) for view in views),
            unlike_mm=unlike,
            vertices=layout.sample(mesh, at_rest),
            visibility=visible.max(0),
            triangles=mesh.triangles,
            quads=mesh.quads,
            uv=mesh.uv,
            position_map=at_rest,
            landmarks68=layout.landmarks_of(at_rest),
            texture=texture,
            texture_mask=texture_mask,
            view_scale=np.float32([pose.scale for pose in poses]),
            view_rotation=np.stack([pose.rotation for pose in poses]),
            view_translation=np.stack([pose.translation for pose in poses]),
            view_vertices=np.stack(seen).astype(np.float32),
            view_visibility=visible,
            view_expression=np.stack([view.estimate.expression for view in views]),
            view_box=np.stack([view.estimate.box for view in views]),
            view_confidence=np.float32([view.estimate.confidence for view in views]),
            view_image_size=np.stack([view.image_size for view in views]),
        )
