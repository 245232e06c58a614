# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo to its captured faces: propose, look, look again, judge, build."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from nets.capture.face import FaceResult
from nets.capture.texture import make_texture, without_covered_ears
from nets.errors import NoFaceError
from nets.geometry.anchor_interpolation import AnchorField
from nets.geometry.crop import Crop, landmark_box, unmirrored
from nets.geometry.pose import fit_pose
from nets.geometry.uv_layout import Density, UVLayout
from nets.geometry.visibility import visibility_of
from nets.io.stopwatch import Stopwatch
from nets.model.detection import Candidate, choose_detector
from nets.model.detection.candidate import overlap, suppress
from nets.model.engines import Engine, Prediction

BATCH = 16  # faces per network pass: keeps memory flat however many candidates there are
PROMISING = 0.4  # score of candidates that are looked at first: faces hardly ever have less
EXPECTED = 0.5  # score of a candidate that earns further estimates, each a quarter turn apart
LIKELY = 0.6  # confidence of a look after which a candidate earns a second one: of 917 faces seven had less
CERTAIN = 0.82  # confidence after the second look that makes it a face
SMALL, CERTAIN_SMALL = 48, 0.91  # of a face under so many pixels: a photo has far more places where one might be
SURE = 0.8  # confidence of a face after which, if only the largest is wanted, no smaller ones are looked for
OBVIOUS = 0.9  # confidence that needs no further look: heads upside down reach 0.86
BOX_FIT = 0.75  # of the larger area, shared by a given box and that of the face in it: from here on the crop will do
DISAGREEMENT = 0.1  # of the face's size, between a face and its mirror image, that costs two thirds of the confidence
TURNED_MARGIN = 0.2  # by which a given box must be surer turned before it is believed to hold a turned head
UPRIGHT = np.radians(30)  # a head turned less than this is cut out as it stands
QUARTER_TURNS = np.radians([90, 180, 270])
LEAST_WEIGHT = 0.1  # of a hidden vertex in the pose fit


@dataclass(frozen=True)
class CaptureOptions:
    faces: str = "all"  # or "largest"
    density: Density = "dense"
    texture_size: int = 1024
    detector: str = "auto"


@dataclass(frozen=True)
class FaceEstimate:
    """What the network saw at one place of a photo, in image space."""

    position_map: np.ndarray  # (256, 256, 3) float32
    landmarks: np.ndarray  # (68, 3) float32
    box: np.ndarray  # (4,) float32, tight round the landmarks
    confidence: float
    seen: np.ndarray  # (P,) float32 at the layout's anchors: probability of being in plain view
    uncertainty: np.ndarray  # (P,) float32 likewise: expected error in pixels of the photo
    expression: np.ndarray  # (53,) float32, see nets/interface/expressions.py
    gaze: np.ndarray  # (2, 2) float32, see nets.model.engines.Prediction

    @property
    def size(self) -> float:
        """Side of the square with the box's area, pixels."""
        return float((self.box[2:] - self.box[:2]).prod() ** 0.5)


class Capturer:
    """An engine, its layout and the options, ready for any number of photos."""

    def __init__(self, engine: Engine, layout: UVLayout, input_size: int, options: CaptureOptions):
        self.engine, self.layout, self.input_size, self.options = engine, layout, input_size, options
        self.detector = choose_detector(options.detector)
        self.mesh, self.depth_mesh = layout.mesh(options.density), layout.mesh("medium")
        self.canonical = layout.sample(self.mesh, layout.mean)

    @cached_property
    def anchor_field(self) -> AnchorField:
        """Made with the first face that is built: whoever only estimates has no need of it."""
        return AnchorField(self.layout)

    def find(
        self, photo: np.ndarray, boxes: Iterable | None = None, clock: Stopwatch | None = None
    ) -> list[FaceEstimate]:
        """The faces of a photo (H, W, 3) uint8, largest first. Given boxes (K, 4) are taken as they are.

        Raises NoFaceError.
        """
        clock = clock or Stopwatch()
        if boxes is not None:
            with clock.measure("network"):
                found = self.predict_in_boxes(photo, [Candidate(np.asarray(box, np.float32)) for box in boxes])
        else:
            found = self._detect(photo, clock)
        if not found:
            raise NoFaceError("no face found")
        found.sort(key=lambda estimate: -estimate.size)
        return found[:1] if self.options.faces == "largest" else found

    def _detect(self, photo: np.ndarray, clock: Stopwatch) -> list[FaceEstimate]:
        rounds = self.detector(photo)
        found: list[FaceEstimate] = []
        doubtful: list[Candidate] = []
        while not (self.options.faces == "largest" and any(estimate.confidence >= SURE for estimate in found)):
            with clock.measure("detect"):
                candidates = next(rounds, None)
            if candidates is None:
                break
            doubtful += [each for each in candidates if each.score < PROMISING]
            promising = [each for each in candidates if each.score >= PROMISING and not is_among(each, found)]
            with clock.measure("network"):
                found = best(found + self.search_rotations(photo, promising))
        if not found:
            with clock.measure("network"):
                found = best(self.verify(photo, doubtful))
        return found

    def search_rotations(self, photo: np.ndarray, candidates: list[Candidate]) -> list[FaceEstimate]:
        """The faces among candidates, some perhaps twice. A likely one that shows none, or not plainly, is looked at
        from the other sides as well: the detector may be wrong about the roll."""
        found = self.verify(photo, candidates)
        plain = [estimate for estimate in found if estimate.confidence >= OBVIOUS]
        unsure = [each for each in candidates if each.score >= EXPECTED and not is_among(each, plain)]
        turned = [replace(each, roll=each.roll + turn) for each in unsure for turn in QUARTER_TURNS]
        return found + self.verify(photo, turned)

    def verify(self, photo: np.ndarray, candidates: list[Candidate]) -> list[FaceEstimate]:
        """Looks at all, studies the likely ones with the crop centred on what was seen, and keeps the certain ones."""
        estimates = self.predict_crops(photo, candidates, self.engine.predict_fast)
        likely = best((seen for seen in estimates if seen.confidence >= LIKELY), limit=0.8)
        predicted = self.predict_with_flip(photo, [self.recrop(estimate.landmarks) for estimate in likely])
        return [seen for seen in predicted if seen.confidence >= (CERTAIN if seen.size >= SMALL else CERTAIN_SMALL)]

    def predict_in_boxes(self, photo: np.ndarray, given: list[Candidate]) -> list[FaceEstimate]:
        """The faces in given boxes. One look is enough where it plainly shows a face that stands upright; where the box
        is a loose one, that face is predicted like one that was searched for."""
        found = []
        for candidate, seen in zip(given, self.predict_crops(photo, given, self.engine.predict), strict=True):
            closer = self.recrop(seen.landmarks)
            if seen.confidence < OBVIOUS or closer.roll:
                found.append(self.upright_prediction(photo, candidate))
            elif box_fits(candidate, seen):
                found.append(seen)
            else:
                found += self.predict_with_flip(photo, [closer])
        return found

    def upright_prediction(self, photo: np.ndarray, given: Candidate) -> FaceEstimate:
        """The face in a given box, whichever way the head is turned in it."""
        seen, *turned = self.predict_with_flip(photo, [given, *(Candidate(given.box, roll) for roll in QUARTER_TURNS)])
        best_turned = max(turned, key=lambda estimate: estimate.confidence)
        if best_turned.confidence > seen.confidence + TURNED_MARGIN:
            seen = best_turned
        closer = self.recrop(seen.landmarks)
        if closer.roll or not box_fits(given, seen):
            seen = max(seen, *self.predict_with_flip(photo, [closer]), key=lambda estimate: estimate.confidence)
        return seen

    def predict_crops(
        self, photo: np.ndarray, candidates: list[Candidate], predict: Callable[[np.ndarray], Prediction]
    ) -> list[FaceEstimate]:
        """One network pass over the candidates' crops."""
        estimates = []
        for crops, pixels in self.extract_crops(photo, candidates, BATCH):
            prediction = predict(pixels)
            for k, crop in enumerate(crops):
                position_map = crop.to_image(prediction.position_maps[k])
                estimates.append(self.face_estimate(prediction, k, crop, position_map, float(prediction.confidence[k])))
        return estimates

    def predict_with_flip(self, photo: np.ndarray, candidates: list[Candidate]) -> list[FaceEstimate]:
        """Looks at each candidate and at its mirror image, and takes the mean.

        What is not a face estimates different in the mirror, so the confidence falls with the disagreement of the two.
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
                    replace(mean, confidence=float(confidence[k] * np.exp(-((apart / DISAGREEMENT) ** 2))))
                )
        return predicted

    def extract_crops(
        self, photo: np.ndarray, candidates: list[Candidate], batch: int
    ) -> Iterator[tuple[list[Crop], np.ndarray]]:
        """Crops in batches, with their pixels (B, S, S, 3)."""
        for start in range(0, len(candidates), batch):
            part = candidates[start : start + batch]
            crops = [Crop.around(candidate.box, self.input_size, candidate.roll) for candidate in part]
            yield crops, np.stack([crop.cut(photo) for crop in crops])

    def face_estimate(
        self, prediction: Prediction, k: int, crop: Crop, position_map: np.ndarray, confidence: float
    ) -> FaceEstimate:
        """The k-th face of a prediction with a position map in image space."""
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
        """Where to look again: round landmarks (68, 3), set upright if the head is far from it."""
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

    def build(self, photo: np.ndarray, estimate: FaceEstimate) -> FaceResult:
        """Mesh, pose, visibility and texture of a face seen in the photo (H, W, 3) uint8."""
        position_map = estimate.position_map
        visibility = visibility_of(position_map, self.layout, self.depth_mesh)
        vertices = self.layout.sample(self.mesh, position_map)
        seen = self.layout.sample(self.mesh, visibility.seen[..., None])[:, 0]
        pose = fit_pose(self.canonical, vertices, LEAST_WEIGHT + (1 - LEAST_WEIGHT) * seen)
        bare, doubt = map(self.anchor_field.spread, (estimate.seen, estimate.uncertainty))
        in_view, uncertainty = (self.layout.sample(self.mesh, values[..., None])[:, 0] for values in (bare, doubt))
        shown = without_covered_ears(visibility, bare, self.layout)
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
        )


def box_fits(candidate: Candidate, seen: FaceEstimate) -> bool:
    """Whether the candidate's box lies as close round the face seen in it as the network is used to."""
    areas = [np.prod(box[2:] - box[:2]) for box in (candidate.box, seen.box)]
    return bool(overlap(candidate.box, seen.box[None])[0] * min(areas) >= BOX_FIT * max(areas))


def is_among(candidate: Candidate, found: list[FaceEstimate]) -> bool:
    """Whether a face was found already where the candidate is."""
    return bool(found) and overlap(candidate.box, np.stack([estimate.box for estimate in found])).max() > 0.5


def best(estimates: Iterable[FaceEstimate], limit: float = 0.5) -> list[FaceEstimate]:
    """The most confident of those that overlap by more than `limit`."""
    estimates = list(estimates)
    if not estimates:
        return []
    kept = suppress(np.stack([s.box for s in estimates]), np.array([s.confidence for s in estimates]), limit)
    return [estimates[index] for index in kept]
