# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking of people through a clip, and their re-identification after gaps.

Each person's crop follows from their last frame. The whole picture is searched for faces only at the start, after a
cut, when a person is lost, and every few seconds. The tracker's state follows from the records of the frames before, so
that it can resume after any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.errors import NoFaceError
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.crop import SIDE_PER_BOX
from nets.geometry.pose import fit_pose
from nets.geometry.similarity import fit_similarity
from nets.io.clip_frame import ClipFrame
from nets.model.detection import Candidate
from nets.model.engines.passes import carried_over
from nets.performance.cache import FACE_RECORD, FRAME, THUMBNAIL, UNCHECKED
from nets.performance.crop_window import CropWindow, distance_in_faces
from nets.performance.face_view import FaceView
from nets.performance.seen_shapes import pose_of

FIRST_PASSES = 2  # over a face just found, so that its first frame has a crop as well centred as the next ones
KEEP = 0.5  # confidence under which a person counts as lost
FOUND_AGAIN = 0.6  # confidence with which a lost person is found in the last crop
LINGER = 12  # frames for which a lost person's last crop is still examined
SEARCH_EVERY = 5.0  # seconds between searches for further people
MAX_WAIT = 1.0  # seconds between searches while a person is lost
MAX_PEOPLE = 6
GONE = 10.0  # seconds after which a lost person is not searched for any more
SAME_PLACE = 1.2  # face sizes between a person's last place and a face that may be theirs
# Millimetres between a person's shape and that of a face, on the part that no jaw moves. Expressions and rotations
# change it by 1.1, in one of ten cases by more than 1.6; other people differ by 2.2, in one of ten by less than 1.4.
SAME_SHAPE = 1.7
CHECK_EVERY = 8  # frames between predictions with the mirrored crop, which reject what is not a face
SHAPE_EVERY, SHAPE_UPDATE = 8, 0.1  # frames between updates of a person's shape, and the share of the new shape
ABOVE_MOUTH, BEFORE_EARS = -45, -40  # millimetres, canonical y and z
MAX_OFFSET = 0.1  # of the crop's side: a face farther from the crop's centre is predicted again
CUT_DIFFERENCE, CUT_HISTOGRAM = 20.0, 0.25  # grey levels, share of pixels: a new shot exceeds both


@dataclass(frozen=True)
class TrackedFace:
    """A person's state after the last frame.

    window: the window for the next frame
    last: () of FACE_RECORD, the last estimate, from which a network that corrects estimates goes on
    shape: (M, 3), the upper face in canonical millimetres, for re-identification
    age: number of frames that showed the person
    missing: number of frames since then
    cut: whether there was a cut since then
    """

    person: int
    window: CropWindow
    shape: np.ndarray
    last: np.ndarray
    age: int = 0
    missing: int = 0
    cut: bool = False


class Tracker:
    """Tracks the people of a clip of `rate` frames per second.

    looks_for_more: whether the picture is searched for further people while everyone known is there
    """

    def __init__(self, capturer: Capturer, rate: float, looks_for_more: bool = True):
        self.capturer = capturer
        self.coarse = CoarseShape(capturer.layout)
        self._on_surface = self.coarse.weights > 0.5
        mean = self.coarse.mean
        self._upper = self._on_surface & (mean[..., 1] > ABOVE_MOUTH) & (mean[..., 2] > BEFORE_EARS)
        self._rate, self._looks_for_more = rate, looks_for_more
        self.faces: list[TrackedFace] = []
        self._people = 0
        self._thumbnail: np.ndarray | None = None
        self._since_search = 0
        self._wait = 1

    def track(self, frame: ClipFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the frame's record () of FRAME and its estimates (P,) of FACE_RECORD."""
        record = np.zeros((), FRAME)
        record["frame"], record["time"] = frame.index, frame.time
        estimates = np.zeros(0, FACE_RECORD)
        if frame.picture is not None:
            thumbnail = cv2.resize(frame.picture, THUMBNAIL[1::-1], interpolation=cv2.INTER_AREA)
            record["readable"], record["thumbnail"] = True, thumbnail
            record["cut"] = self._thumbnail is not None and is_cut(self._thumbnail, thumbnail)
            if not record["cut"]:
                estimates = self._track_known(frame)
            record["searched"] = record["cut"] or self._search_is_due(estimates)
            if record["searched"]:
                estimates = np.concatenate([estimates, self._search(frame, estimates, bool(record["cut"]))])
        self.accept(record, estimates)
        return record, estimates

    def accept(self, record: np.ndarray, estimates: np.ndarray) -> None:
        """Update the state with the records of a frame: those just made, or those of a bake that resumes."""
        known = {face.person: face for face in self.faces}
        cut = bool(record["cut"])
        seen = {int(each["person"]): self._updated(each, known.get(int(each["person"]))) for each in estimates}
        away = [
            replace(face, missing=face.missing + 1, cut=face.cut or cut)
            for person, face in known.items()
            if person not in seen
        ]
        self.faces = away + list(seen.values())
        self._people = max([self._people, *(person + 1 for person in seen)])
        if record["readable"]:
            self._thumbnail = record["thumbnail"]
        self._since_search = 0 if record["searched"] else self._since_search + 1
        if record["searched"]:
            lost = not seen or any(self._is_lost(face) for face in self.faces)
            self._wait = min(2 * self._wait, round(MAX_WAIT * self._rate)) if lost and not cut else 1

    def _search_is_due(self, estimates: np.ndarray) -> bool:
        if self._thumbnail is None:
            return True
        expected = [face for face in self.faces if self._is_lost(face) or not face.missing]
        everyone = len(estimates) >= max(len(expected), 1)
        if everyone and not self._looks_for_more:
            return False
        return self._since_search + 1 >= (SEARCH_EVERY * self._rate if everyone else self._wait)

    def _is_lost(self, face: TrackedFace) -> bool:
        return 0 < face.missing <= GONE * self._rate

    def _updated(self, estimate: np.ndarray, face: TrackedFace | None) -> TrackedFace:
        """Return a person's state after one more estimate."""
        if face is None:
            return TrackedFace(int(estimate["person"]), next_window(estimate), self._shape_of(estimate), estimate)
        shape = face.shape
        if face.age % SHAPE_EVERY == 0:
            shape = shape + SHAPE_UPDATE * (self._shape_of(estimate) - shape)
        return TrackedFace(face.person, next_window(estimate), shape, estimate, face.age + 1)

    def _shape_of(self, estimate: np.ndarray) -> np.ndarray:
        """Return the upper face (M, 3), aligned to the mean face, millimetres."""
        mean = self.coarse.mean[self._upper]
        points = mean + estimate["offset"][self._upper].astype(np.float32)
        return fit_similarity(mean, points).undo(points)

    def _track_known(self, frame: ClipFrame) -> np.ndarray:
        """Return estimates of the people seen a moment ago; a face that moved fast is predicted again."""
        faces = [face for face in self.faces if face.missing <= LINGER and not face.cut]
        if not faces:
            return np.zeros(0, FACE_RECORD)
        lasts = [face.last for face in faces]
        estimates = self.look(frame, [face.person for face in faces], [face.window for face in faces], lasts)
        windows = [next_window(each) for each in estimates]
        again = [
            k
            for k, (face, window) in enumerate(zip(faces, windows, strict=True))
            if np.hypot(window.x - face.window.x, window.y - face.window.y) > MAX_OFFSET * face.window.side
            and estimates[k]["confidence"] > KEEP / 2
        ]
        if again:
            people, lasts = [faces[k].person for k in again], list(estimates[again])
            estimates[again] = self.look(frame, people, [windows[k] for k in again], lasts)
        for estimate, face in zip(estimates, faces, strict=True):
            if face.age % CHECK_EVERY == 0:
                estimate["certainty"] = self._certainty(frame, window_of(estimate))
        least = np.array([FOUND_AGAIN if face.missing else KEEP for face in faces])
        return without_duplicates(estimates[estimates["confidence"] >= least])

    def _search(self, frame: ClipFrame, known: np.ndarray, cut: bool) -> np.ndarray:
        """Return estimates of faces that are not among the known ones, each identified as a lost or a new person."""
        try:
            found = self.capturer.find(frame.picture, thorough=not self.faces)
        except NoFaceError:
            return np.zeros(0, FACE_RECORD)
        windows = [
            CropWindow.of(frame.to_clip(estimate.landmarks), self.capturer.recrop(estimate.landmarks).roll)
            for estimate in found
        ]
        taken = [window_of(each) for each in known]
        windows = [window for window in windows if all(distance_in_faces(window, other) > 0.5 for other in taken)]
        windows = windows[: MAX_PEOPLE - len(known)]
        if not windows:
            return np.zeros(0, FACE_RECORD)
        for _ in range(FIRST_PASSES):
            estimates = self.look(frame, list(range(len(windows))), windows)
            windows = [next_window(each) for each in estimates]
        estimates = without_duplicates(estimates[estimates["confidence"] >= KEEP])
        estimates["certainty"] = [self._certainty(frame, window_of(estimate)) for estimate in estimates]
        estimates["person"] = self._identify(
            estimates, [face for face in self.faces if face.person not in known["person"]], cut
        )
        return estimates

    def _identify(self, estimates: np.ndarray, missing: list[TrackedFace], cut: bool) -> list[int]:
        """Return each face's person: a missing one who was there or has that shape, else a new one."""
        shapes = [self._shape_of(estimate) for estimate in estimates]
        pairs = []
        for k, (estimate, shape) in enumerate(zip(estimates, shapes, strict=True)):
            for face in missing:
                distance = float(np.sqrt(((shape - face.shape) ** 2).sum(1).mean()))
                there = not cut and not face.cut and distance_in_faces(window_of(estimate), face.window) < SAME_PLACE
                if there or distance < SAME_SHAPE:
                    pairs.append((distance, k, face.person))
        identified: dict[int, int] = {}
        for _, k, person in sorted(pairs):
            if k not in identified and person not in identified.values():
                identified[k] = person
        new = iter(range(self._people, self._people + len(estimates)))
        return [identified[k] if k in identified else next(new) for k in range(len(estimates))]

    def look(
        self, frame: ClipFrame, people: list[int], windows: list[CropWindow], lasts: list[np.ndarray] | None = None
    ) -> np.ndarray:
        """Return the estimates (P,) of people in their windows, from one network pass.

        lasts: the people's last estimates, from which a network that corrects estimates goes on
        """
        size = self.capturer.input_size
        crops = [window.crop(size, frame.reduction) for window in windows]
        start = None
        if lasts and any(last["code"].any() for last in lasts):
            before = [window_of(last).crop(size, frame.reduction) for last in lasts]
            start = np.stack(
                [carried_over(last["code"], *both) for last, *both in zip(lasts, before, crops, strict=True)]
            )
        prediction = self.capturer.engine.predict(np.stack([crop.extract(frame.picture) for crop in crops]), start)
        estimates = np.zeros(len(windows), FACE_RECORD)
        estimates["person"], estimates["confidence"], estimates["certainty"] = people, prediction.confidence, UNCHECKED
        estimates["crop"] = [(window.x, window.y, window.side, window.roll) for window in windows]
        if prediction.code.size:
            estimates["code"] = prediction.code
        for name in ("expression", "gaze"):
            predicted = getattr(prediction, name)
            estimates[name] = predicted if predicted[0].size else np.nan
        for estimate, crop, position_map in zip(estimates, crops, prediction.position_maps, strict=True):
            landmarks = self.capturer.layout.landmarks_of(position_map)
            estimate["landmarks68"] = frame.to_clip(crop.to_image(landmarks))
            seen = frame.to_clip(crop.to_image(self.coarse.downsample(position_map)))
            pose = fit_pose(self.coarse.mean[self._on_surface], seen[self._on_surface])
            for name in ("rotation", "scale", "translation"):
                estimate[name] = getattr(pose, name)
            estimate["offset"] = pose.undo(seen) - self.coarse.mean
        return estimates

    def keep_views(self, frame: ClipFrame, estimates: np.ndarray) -> None:
        """Write what the frame shows of the faces into their estimates (P,), if a bake can read it."""
        if self.view and frame.picture is not None:
            for estimate in estimates:
                estimate["view"] = self.view.cut_out(frame, pose_of(estimate))

    @cached_property
    def view(self) -> FaceView | None:
        """What cuts out views; None in layouts whose blendshapes are not known."""
        return FaceView(self.coarse) if self.capturer.layout.model_vertices is not None else None

    def _certainty(self, frame: ClipFrame, window: CropWindow) -> float:
        """Return the confidence with the mirrored crop too."""
        crop = window.crop(self.capturer.input_size, frame.reduction)
        half = window.side / frame.reduction / SIDE_PER_BOX / 2
        (x, y), reach = crop.centre, np.array([-half, -half, half, half])
        box = (np.array([x, y, x, y]) + reach).astype(np.float32)
        [estimate] = self.capturer.predict_with_flip(frame.picture, [Candidate(box, window.roll)])
        return estimate.confidence


def window_of(estimate: np.ndarray) -> CropWindow:
    """Return the window in which an estimate was made."""
    return CropWindow(*estimate["crop"].tolist())


def next_window(estimate: np.ndarray) -> CropWindow:
    """Return the window for the frame after an estimate."""
    up = estimate["rotation"][:2, 1]
    return window_of(estimate).follow(estimate["landmarks68"], float(np.arctan2(up[0], -up[1])))


def without_duplicates(estimates: np.ndarray) -> np.ndarray:
    """Remove estimates of the same face, of which that of the person known longest stays."""
    kept: list[int] = []
    for k in np.argsort(estimates["person"], kind="stable"):
        if all(distance_in_faces(next_window(estimates[k]), next_window(estimates[other])) > 0.3 for other in kept):
            kept.append(int(k))
    return estimates[sorted(kept)]


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Return whether a new shot begins between two thumbnails (h, w, 3) uint8: pixels and colours change."""
    if np.abs(before.astype(np.int16) - after).mean() <= CUT_DIFFERENCE:
        return False
    shares = [np.stack([np.histogram(t[..., c], 16, (0, 256))[0] for c in range(3)]) for t in (before, after)]
    return bool(np.abs(shares[0] - shares[1]).sum() / (2 * shares[0].sum()) > CUT_HISTOGRAM)
