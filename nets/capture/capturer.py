# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo to its captured faces: a detector proposes candidates, the network verifies them, faces are built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.estimate import FaceEstimate, box_fits, most_confident
from nets.capture.face import FaceResult
from nets.capture.lens import AUTO, NO_PERSPECTIVE, Lens, PhotoCamera, some_texels
from nets.capture.search import QUARTER_TURNS, FaceSearch
from nets.capture.texture import make_texture, without_covered
from nets.errors import NoFaceError
from nets.geometry.anchor_interpolation import AnchorInterpolator
from nets.geometry.crop import Crop, landmark_box, unmirrored
from nets.geometry.perspective_fit import pose_before
from nets.geometry.pose import fit_pose
from nets.geometry.uv_layout import Density, UVLayout
from nets.geometry.visibility import visibility_of
from nets.interface.perspective import camera_array
from nets.io.stopwatch import Stopwatch
from nets.model.detection import Candidate, choose_detector
from nets.model.engines import Engine, Prediction

BATCH = 16  # crops per network pass, so that memory stays flat however many candidates there are
UPRIGHT = np.radians(30)  # a head that is rolled by less is not rotated for its crop
POSE_VERTICES = 4000  # at most, to which the pose before the camera is fitted
HIDDEN_WEIGHT = 0.1  # weight of a hidden vertex in the pose fit; a visible one has 1


@dataclass(frozen=True)
class CaptureOptions:
    """What a user may choose. faces: "all" or "largest"; texture_size: texels along each side; lens: see Lens."""

    faces: str = "all"
    density: Density = "dense"
    texture_size: int = 1024
    detector: str = "auto"
    lens: str = AUTO


class Capturer:
    """Finds and builds the faces of any number of photos."""

    def __init__(self, engine: Engine, layout: UVLayout, input_size: int, options: CaptureOptions):
        self.engine, self.layout, self.input_size, self.options = engine, layout, input_size, options
        self.detector, self.lens = choose_detector(options.detector), Lens(options.lens)
        self.mesh, self.depth_mesh = layout.mesh(options.density), layout.mesh("medium")
        self.canonical = layout.sample(self.mesh, layout.mean)

    @cached_property
    def anchor_interpolator(self) -> AnchorInterpolator:
        """Created on first use; finding faces does not need it."""
        return AnchorInterpolator(self.layout)

    def find(
        self,
        photo: np.ndarray,
        boxes: Iterable | None = None,
        clock: Stopwatch | None = None,
        thorough: bool = True,
    ) -> list[FaceEstimate]:
        """Return the faces of a photo (H, W, 3) uint8, largest first.

        boxes: (K, 4), left, top, right, bottom of the faces; None to detect them. thorough: see FaceSearch. Raises
        NoFaceError.
        """
        clock = clock or Stopwatch()
        if boxes is not None:
            with clock.measure("network"):
                found = self.predict_in_boxes(photo, [Candidate(np.asarray(box, np.float32)) for box in boxes])
        else:
            found = most_confident(FaceSearch(self, photo, clock, thorough).run())
        if not found:
            raise NoFaceError("no face found")
        found.sort(key=lambda estimate: -estimate.size)
        return found[:1] if self.options.faces == "largest" else found

    def predict_in_boxes(self, photo: np.ndarray, given: list[Candidate]) -> list[FaceEstimate]:
        """Return the faces in given boxes.

        One pass is enough if it shows a clear and upright face that fits the box; a face in a loose box is predicted
        again as one that was detected.
        """
        found = []
        for candidate, seen in zip(given, self.predict_crops(photo, given, self.engine.predict), strict=True):
            closer = self.recrop(seen.landmarks)
            if seen.confidence < THRESHOLDS.single_pass or closer.roll:
                found.append(self.upright_prediction(photo, candidate))
            elif box_fits(candidate, seen):
                found.append(seen)
            else:
                found += self.predict_with_flip(photo, [closer])
        return found

    def upright_prediction(self, photo: np.ndarray, given: Candidate) -> FaceEstimate:
        """Return the face in a given box, whichever way up the head is."""
        seen, *turned = self.predict_with_flip(photo, [given, *(Candidate(given.box, roll) for roll in QUARTER_TURNS)])
        best_turned = max(turned, key=lambda estimate: estimate.confidence)
        if best_turned.confidence > seen.confidence + THRESHOLDS.rotation_gain:
            seen = best_turned
        closer = self.recrop(seen.landmarks)
        if closer.roll or not box_fits(given, seen):
            seen = max(seen, *self.predict_with_flip(photo, [closer]), key=lambda estimate: estimate.confidence)
        return seen

    def predict_crops(
        self, photo: np.ndarray, candidates: list[Candidate], predict: Callable[[np.ndarray], Prediction]
    ) -> list[FaceEstimate]:
        """Return an estimate for each candidate, from one pass over the candidates' crops."""
        estimates = []
        for crops, pixels in self.extract_crops(photo, candidates, BATCH):
            prediction = predict(pixels)
            for k, crop in enumerate(crops):
                position_map = crop.to_image(prediction.position_maps[k])
                estimates.append(self.face_estimate(prediction, k, crop, position_map, float(prediction.confidence[k])))
        return estimates

    def predict_with_flip(self, photo: np.ndarray, candidates: list[Candidate]) -> list[FaceEstimate]:
        """Return an estimate for each candidate: the mean of the predictions for its crop and for the mirrored crop.

        What is not a face looks different in the mirror, so the confidence falls with the disagreement of the two.
        """
        predicted = []
        for crops, pixels in self.extract_crops(photo, candidates, BATCH // 2):
            prediction = self.engine.predict(np.concatenate([pixels, pixels[:, :, ::-1]]))
            direct, mirrored = np.split(prediction.position_maps, 2)
            mirrored = unmirrored(mirrored, self.input_size)
            confidence = prediction.confidence.reshape(2, -1).min(0)
            for k, crop in enumerate(crops):
                mean = self.face_estimate(prediction, k, crop, crop.to_image((direct[k] + mirrored[k]) / 2), 0.0)
                apart = np.subtract(*(self.layout.landmarks_of(each[k])[:, :2] for each in (direct, mirrored)))
                apart = np.linalg.norm(apart, axis=1).mean() * crop.scale / mean.size
                predicted.append(
                    replace(
                        mean, confidence=float(confidence[k] * np.exp(-((apart / THRESHOLDS.flip_disagreement) ** 2)))
                    )
                )
        return predicted

    def extract_crops(
        self, photo: np.ndarray, candidates: list[Candidate], batch: int
    ) -> Iterator[tuple[list[Crop], np.ndarray]]:
        """Yield the candidates' crops in batches, with their pixels (B, S, S, 3) uint8."""
        for start in range(0, len(candidates), batch):
            part = candidates[start : start + batch]
            crops = [Crop.around(candidate.box, self.input_size, candidate.roll) for candidate in part]
            yield crops, np.stack([crop.extract(photo) for crop in crops])

    def face_estimate(
        self, prediction: Prediction, k: int, crop: Crop, position_map: np.ndarray, confidence: float
    ) -> FaceEstimate:
        """Return the estimate of the k-th crop of a prediction, with its position map in image space."""
        landmarks = self.layout.landmarks_of(position_map)
        return FaceEstimate(
            position_map,
            landmarks,
            landmark_box(landmarks),
            confidence,
            prediction.seen[k],
            prediction.uncertainty[k] * np.float32(crop.scale),
            prediction.expression[k],
            prediction.gaze[k],
        )

    def recrop(self, landmarks: np.ndarray) -> Candidate:
        """Return a candidate around landmarks (68, 3), rotated upright if the head is far from it."""
        canonical = self.layout.landmarks_of(self.layout.mean)
        up = fit_pose(canonical, landmarks).rotation[:2, 1]
        roll = float(np.arctan2(up[0], -up[1]))
        if abs(roll) < UPRIGHT:
            return Candidate(landmark_box(landmarks))
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        upright = landmark_box(landmarks[:, :2] @ turn)
        centre, half = turn @ (upright[:2] + upright[2:]) / 2, (upright[2:] - upright[:2]) / 2
        return Candidate(np.concatenate([centre - half, centre + half]).astype(np.float32), roll)

    def camera_of(
        self, photo: np.ndarray, largest: FaceEstimate, in_file: float | None = None, lens: Lens | None = None
    ) -> PhotoCamera:
        """Return the camera of a photo (H, W, 3) by its largest face, with this capturer's lens if none is given.

        in_file: focal length in pixels that the photo's file tells, or None
        """
        height, width = photo.shape[:2]
        mean, seen = (some_texels(values, self.layout) for values in (self.layout.mean, largest.position_map))
        return (lens or self.lens).camera_of((width, height), in_file, mean, [seen])

    def build(self, photo: np.ndarray, estimate: FaceEstimate, camera: PhotoCamera = NO_PERSPECTIVE) -> FaceResult:
        """Build mesh, pose, visibility and texture of a face of a photo (H, W, 3) uint8.

        camera: the photo's, see camera_of, which all its faces share
        """
        position_map = estimate.position_map
        visibility = visibility_of(position_map, self.layout, self.depth_mesh)
        vertices = self.layout.sample(self.mesh, position_map)
        seen = self.layout.sample(self.mesh, visibility.seen[..., None])[:, 0]
        weights = HIDDEN_WEIGHT + (1 - HIDDEN_WEIGHT) * seen
        pose = fit_pose(self.canonical, vertices, weights)
        some = slice(None, None, -(-len(vertices) // POSE_VERTICES))  # as good as all, and much faster
        before_camera = pose_before(camera.camera, self.canonical[some], vertices[some], weights[some])
        maps = list(map(self.anchor_interpolator.interpolate, (estimate.seen, estimate.uncertainty)))
        in_view, uncertainty = (self.layout.sample(self.mesh, values[..., None])[:, 0] for values in maps)
        shown = without_covered(visibility, maps[0], self.layout)
        texture, texture_mask = make_texture(photo, position_map, self.layout, shown, self.options.texture_size)
        return FaceResult(
            position_map=position_map,
            vertices=vertices,
            triangles=self.mesh.triangles,
            quads=self.mesh.quads,
            uv=self.mesh.uv,
            landmarks68=estimate.landmarks,
            visibility=seen,
            in_view=in_view,
            uncertainty=uncertainty,
            expression=estimate.expression,
            gaze=estimate.gaze,
            confidence=np.float32(estimate.confidence),
            box=estimate.box,
            pose_scale=np.float32(pose.scale),
            pose_rotation=pose.rotation,
            pose_translation=pose.translation,
            texture=texture,
            texture_mask=texture_mask,
            image_size=np.array([photo.shape[1], photo.shape[0]], np.int32),
            residual=pose.residual,
            camera=camera_array(camera.camera, (photo.shape[1], photo.shape[0])),
            perspective_scale=np.float32(before_camera.scale),
            perspective_rotation=before_camera.rotation.astype(np.float32),
            perspective_translation=before_camera.translation.astype(np.float32),
            camera_known=camera.code,
        )
