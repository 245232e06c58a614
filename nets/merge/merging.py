# SPDX-License-Identifier: GPL-3.0-or-later
"""From pictures of one person, photos or frames of clips, to a merged head, as a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from nets.capture.capturer import HIDDEN_WEIGHT, Capturer
from nets.capture.finding import Boxes
from nets.capture.lens import PhotoCamera, lens_numbers, pooled
from nets.capture.merged_head import MergedHead
from nets.capture.warned import Warned
from nets.errors import NoFaceError
from nets.geometry.perspective_fit import pose_before
from nets.geometry.pose import Pose
from nets.geometry.uv_layout import FACE_WEIGHT
from nets.interface.perspective import PerspectivePose, camera_array
from nets.io.pictures import Picture
from nets.io.report import InputEntry, recorded
from nets.io.stopwatch import Stopwatch
from nets.merge.adjustment import Adjuster, Adjustment, View
from nets.merge.head_texture import head_texture
from nets.merge.photo_view import PhotoView
from nets.merge.remarks import advice_on_expressions, listed, remarks
from nets.merge.separation import Separation
from nets.merge.shape import averaged, merge_shapes, shape_distances
from nets.merge.verdict import ACROSS, verdict_on
from nets.merge.view_camera import ViewCamera
from nets.model.bundle import Bundle
from nets.model.networks.shape_codes import IDENTITY_SIZE


@dataclass(frozen=True)
class PhotoDone:
    """A photo has been examined. entry: its part of the report; done of total: the progress."""

    entry: InputEntry
    path: Path
    done: int
    total: int


@dataclass(frozen=True)
class Adjusting:
    """The photos are compared with each other. done: the share of it in [0, 1]"""

    done: float


@dataclass(frozen=True)
class HeadEstimate:
    """The head in the views' common estimate.

    identity, expressions: (64, 64, 3) and (V, 64, 64, 3), offsets from the mean face, canonical millimetres
    poses: in each photo; cameras: of each photo
    maps: (V, 256, 256, 3), where the face lies in each photo, image space
    uncertainty: (64, 64), expected error, millimetres
    fit: (V,), median distance in pixels between what photos show of the same points and the head; NaN: not compared
    kept: why the photos' comparison is not used; advice: what would help most; both may be empty
    """

    identity: np.ndarray
    expressions: np.ndarray
    poses: list[Pose | PerspectivePose]
    cameras: list[PhotoCamera]
    maps: list[np.ndarray]
    uncertainty: np.ndarray
    fit: np.ndarray
    kept: str
    advice: str


@dataclass(frozen=True)
class Compared:
    """The pictures have been compared, and all is known of the head but its texture.

    views: the picture that shows the face best is the first; distances: (V,), see shape_distances
    """

    views: list[PhotoView]
    distances: np.ndarray
    found: HeadEstimate

    def weights_of(self, weights: Weights) -> list[float]:
        """Return each picture's weight."""
        return [weight_of(weights, view.path, view.frame) for view in self.views]


Event = PhotoDone | Warned | Adjusting | Compared | MergedHead
# (path or file's name, frame of a movie) -> how much a picture counts in the texture
Weights = Mapping[tuple[str, int | None], float]
NO_WEIGHTS: Weights = MappingProxyType({})


def weight_of(weights: Weights, path: Path, frame: int | None) -> float:
    """Return the weight of a picture, by its path or its file's name; 1 where none is given."""
    return weights.get((str(path), frame), weights.get((path.name, frame), 1.0))


class Merger:
    """Merges photos of one person into a head."""

    def __init__(self, capturer: Capturer, bundle: Bundle):
        """Raises BundleError. capturer: set to find the largest face only."""
        self.capturer, self.separation = capturer, Separation(bundle)
        self._adjuster = Adjuster(self.separation.coarse, self.separation.basis)

    def merge(
        self,
        pictures: Iterable[Picture],
        total: int,
        boxes: Boxes,
        cancelled: Callable[[], bool] = lambda: False,
        weights: Weights = NO_WEIGHTS,
    ) -> Iterator[Event]:
        """Yield events, the last one a MergedHead unless cancelled.

        pictures: `total` of them, see nets.performance.one_head; weights: of some; 0 leaves one out of the texture
        Raises NoFaceError if fewer than two show a face, and UsageError if all are left out.
        """
        views = []
        for done, picture in enumerate(pictures, 1):
            if cancelled():
                return
            entry, clock = InputEntry.of(picture), Stopwatch()
            entry.ms, clock.ms["read"] = clock.ms, picture.read_ms
            with recorded(entry):
                view = self.photo_view(picture, boxes, clock)
                views.append(view)
                box = [round(float(edge), 2) for edge in view.estimate.box]
                entry.faces.append({"box": box, "confidence": round(view.estimate.confidence, 4)})
            yield PhotoDone(entry, picture.path, done, total)
        if len(views) < 2:
            which = f"only {views[0].name} shows a face" if views else "none of the pictures shows a face"
            raise NoFaceError(f"{which} that was found; a head is merged from two or more", remedy="Add other photos")
        views.sort(key=lambda view: -view.clean)  # the texture's colours are the first one's
        distances = shape_distances([view.shape for view in views], self.separation.coarse)
        for remark in remarks(views, distances, self.separation.coarse):
            yield Warned(remark)
        found = self.merged(views)
        for event in self.adjusted(views, found):
            if cancelled():
                return
            if isinstance(event, HeadEstimate):
                found = event
            else:
                yield event
        compared = Compared(views, distances, found)
        yield compared
        if not cancelled():
            yield self.head(compared, weights)

    def photo_view(self, picture: Picture, boxes: Boxes, clock: Stopwatch) -> PhotoView:
        """Return what a photo contributes. Raises NoFaceError and the photo's own error."""
        return PhotoView.of(picture, boxes, self.capturer, self.separation, clock)

    def merged(self, views: list[PhotoView]) -> HeadEstimate:
        """Return the head that the network's answers for the views give together."""
        layout, coarse = self.capturer.layout, self.separation.coarse
        identity = merge_shapes([view.shape for view in views], coarse)
        cameras = pooled([view.camera for view in views], np.stack([view.image_size for view in views]))
        poses = []
        for view, camera in zip(views, cameras, strict=True):
            canonical = layout.sample(self.capturer.mesh, coarse.shape(identity + view.shape.expression))
            vertices = layout.sample(self.capturer.mesh, view.estimate.position_map)
            weights = HIDDEN_WEIGHT + (1 - HIDDEN_WEIGHT) * view.visible
            poses.append(pose_before(camera.camera, canonical, vertices, weights))
        return HeadEstimate(
            identity,
            np.stack([view.shape.expression for view in views]),
            poses,
            cameras,
            [view.estimate.position_map for view in views],
            np.min([view.shape.uncertainty for view in views], 0),
            np.full(len(views), np.nan),
            "",
            "",
        )

    def adjusted(self, views: list[PhotoView], merged: HeadEstimate) -> Iterator[Adjusting | Warned | HeadEstimate]:
        """Yield progress and warnings, and at the end the estimate after the photos have been compared with each other.

        That is the merged one, with the reason, where the photos do not tell a likelier shape.
        """
        coarse = self.separation.coarse
        lenses = lens_numbers(merged.cameras, np.stack([view.image_size for view in views]))
        starts = [
            View(
                view.compared(),
                ViewCamera.of(pose).shifted(-view.corner),
                view.shape.codes[IDENTITY_SIZE:],
                lens,
                camera.known != "estimated",
                camera.known == "file",
            )
            for view, pose, camera, lens in zip(views, merged.poses, merged.cameras, lenses, strict=True)
        ]
        for event in self._adjuster.adjust(merged.identity, starts):
            if not isinstance(event, Adjustment):
                yield Adjusting(event)
        adjustment = event
        face = averaged(coarse.layout.mask & (coarse.layout.weights > FACE_WEIGHT))
        verdict = verdict_on(adjustment, face)
        scales = np.array([camera.scale for camera in adjustment.cameras])
        if better := adjustment.contradicted:
            names = listed(view.name for view, lens in zip(views, lenses, strict=True) if lens in better)
            yield Warned(f"the lens in the file does not fit what the picture shows ({names}); it is estimated")
            again = [
                replace(view, camera=view.camera.estimated(better[lens])) if lens in better else view
                for view, lens in zip(views, lenses, strict=True)
            ]
            yield from self.adjusted(again, self.merged(again))
            return
        advice = " and ".join(filter(None, (verdict.advice, advice_on_expressions(views))))
        if verdict.kept:
            yield replace(merged, fit=adjustment.misfit_before * scales, kept=verdict.kept, advice=advice)
            return
        poses = [camera.shifted(view.corner).pose() for camera, view in zip(adjustment.cameras, views, strict=True)]
        cameras = [
            replace(camera, camera=pose.camera) if camera.camera else camera
            for camera, pose in zip(merged.cameras, poses, strict=True)
        ]
        shapes = [coarse.shape(adjustment.identity + expression) for expression in adjustment.expressions]
        maps = [pose.apply(shape).astype(np.float32) for pose, shape in zip(poses, shapes, strict=True)]
        yield HeadEstimate(
            adjustment.identity,
            adjustment.expressions,
            poses,
            cameras,
            maps,
            ACROSS * adjustment.spread,
            adjustment.misfit * scales,
            "",
            advice,
        )

    def texture(self, compared: Compared, weights: Weights) -> tuple[np.ndarray, np.ndarray]:
        """Return the head's texture (T, T, 3) and its mask (T, T), uint8. Raises UsageError if no picture counts."""
        found = compared.found
        expressions = [self.separation.coarse.upsample(each) for each in found.expressions]
        return head_texture(
            compared.views,
            found.poses,
            found.maps,
            expressions,
            compared.weights_of(weights),
            self.capturer,
            self._adjuster.comparison,
        )

    def head(self, compared: Compared, weights: Weights) -> MergedHead:
        """Build the head. Raises UsageError if no picture counts in the texture."""
        layout, mesh, coarse = self.capturer.layout, self.capturer.mesh, self.separation.coarse
        views, found = compared.views, compared.found
        at_rest = coarse.shape(found.identity)
        seen = [pose.undo(layout.sample(mesh, each)) for pose, each in zip(found.poses, found.maps, strict=True)]
        visible = [view.visible for view in views]
        texture, texture_mask = self.texture(compared, weights)
        cameras = zip(found.cameras, views, strict=True)
        return MergedHead(
            paths=tuple(str(view.path) for view in views),
            view_frame=np.array([-1 if view.frame is None else view.frame for view in views], np.int32),
            kept=found.kept,
            advice=found.advice,
            shape_distance_mm=compared.distances,
            vertices=layout.sample(mesh, at_rest),
            visibility=np.max(visible, 0),
            uncertainty_mm=layout.sample(mesh, coarse.upsample(found.uncertainty[..., None]))[:, 0],
            adjusted=np.array(not found.kept),
            triangles=mesh.triangles,
            quads=mesh.quads,
            uv=mesh.uv,
            position_map=at_rest,
            landmarks68=layout.landmarks_of(at_rest),
            texture=texture,
            texture_mask=texture_mask,
            view_camera=np.stack([camera_array(each.camera, view.image_size) for each, view in cameras]),
            view_camera_known=np.stack([camera.code for camera in found.cameras]),
            view_scale=np.float32([pose.scale for pose in found.poses]),
            view_rotation=np.stack([pose.rotation for pose in found.poses]).astype(np.float32),
            view_translation=np.stack([pose.translation for pose in found.poses]).astype(np.float32),
            view_vertices=np.stack(seen).astype(np.float32),
            view_visibility=np.stack(visible),
            view_expression=np.stack([view.estimate.expression for view in views]),
            view_box=np.stack([view.estimate.box for view in views]),
            view_confidence=np.float32([view.estimate.confidence for view in views]),
            view_image_size=np.stack([view.image_size for view in views]),
            view_fit=found.fit.astype(np.float32),
        )
