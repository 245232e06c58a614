# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking of people through a clip, and their re-identification after gaps.

Each person's crop follows from their last frame. The whole picture is searched for faces only at the start, after a
cut, when a person is lost, and every few seconds. The tracker's state follows from the records of the frames before, so
that it can resume after any of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.errors import NoFaceError
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.crop import SIDE_PER_BOX, Crop, landmark_box
from nets.geometry.pose import fit_pose
from nets.geometry.similarity import fit_similarity
from nets.io.clip import ClipFrame
from nets.model.detection import Candidate
from nets.performance.cache import FACE_RECORD, FRAME, THUMBNAIL, UNCHECKED

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
STILL = 0.02, 0.03  # motion of the face's centre, of the crop's side, and of its log size that the crop does not follow
UPRIGHT = np.radians(12)  # a roll that the crop does not follow
MAX_OFFSET = 0.1  # of the crop's side: a face farther from the crop's centre is predicted again
CUT_DIFFERENCE, CUT_HISTOGRAM = 20.0, 0.25  # grey levels, share of pixels: a new shot exceeds both


@dataclass(frozen=True)
class CropWindow:
    """Where a crop lies, in the clip's pixels: its centre, its side and its roll in radians."""

    x: float
    y: float
    side: float
    roll: float

    def crop(self, size: int, reduction: int) -> Crop:
        """Return the crop, of size x size pixels, of a picture that was reduced by an integer factor."""
        shift = (reduction - 1) / 2
        centre = (self.x - shift) / reduction, (self.y - shift) / reduction
        return Crop(centre, self.side / reduction / size, size, self.roll)

    @staticmethod
    def of(landmarks: np.ndarray, roll: float) -> CropWindow:
        """Return the window of the protocol's crop (nets.geometry.crop) around landmarks (68, 3), rotated by `roll`."""
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        left, top, right, bottom = landmark_box(landmarks[:, :2].astype(np.float64) @ turn).astype(np.float64)
        x, y = turn @ ((left + right) / 2, (top + bottom) / 2)
        return CropWindow(x, y, max(SIDE_PER_BOX * (right - left + bottom - top) / 2, 4.0), roll)

    def follow(self, landmarks: np.ndarray, head_roll: float) -> CropWindow:
        """Return the window for the next frame.

        It stays while the face is almost still, and else follows with that distance: jitter or jumps of the crop would
        make the network's predictions jitter or jump.
        """
        turn = (head_roll - self.roll + np.pi) % (2 * np.pi) - np.pi
        aim = CropWindow.of(landmarks, self.roll + _excess(turn, UPRIGHT))
        apart = np.hypot(aim.x - self.x, aim.y - self.y)
        share = _excess(apart, STILL[0] * self.side) / max(apart, 1e-9)
        side = self.side * np.exp(_excess(np.log(aim.side / self.side), STILL[1]))
        return CropWindow(self.x + share * (aim.x - self.x), self.y + share * (aim.y - self.y), float(side), aim.roll)


@dataclass(frozen=True)
class TrackedFace:
    """A person's state after the last frame.

    view: the window for the next frame
    shape: (M, 3), the upper face in canonical millimetres, for re-identification
    age: number of frames that showed the person
    missing: number of frames since then
    cut: whether there was a cut since then
    """

    person: int
    view: CropWindow
    shape: np.ndarray
    age: int = 0
    missing: int = 0
    cut: bool = False


class Tracker:
    """Tracks the people of a clip of `rate` frames per second."""

    def __init__(self, capturer: Capturer, rate: float):
        self.capturer = capturer
        self.coarse = CoarseShape(capturer.layout)
        self._on_surface = self.coarse.weights > 0.5
        mean = self.coarse.mean
        self._upper = self._on_surface & (mean[..., 1] > ABOVE_MOUTH) & (mean[..., 2] > BEFORE_EARS)
        self._rate = rate
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
        return self._since_search + 1 >= (SEARCH_EVERY * self._rate if everyone else self._wait)

    def _is_lost(self, face: TrackedFace) -> bool:
        return 0 < face.missing <= GONE * self._rate

    def _updated(self, estimate: np.ndarray, face: TrackedFace | None) -> TrackedFace:
        """Return a person's state after one more estimate."""
        if face is None:
            return TrackedFace(int(estimate["person"]), next_view(estimate), self._shape_of(estimate))
        shape = face.shape
        if face.age % SHAPE_EVERY == 0:
            shape = shape + SHAPE_UPDATE * (self._shape_of(estimate) - shape)
        return TrackedFace(face.person, next_view(estimate), shape, face.age + 1)

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
        estimates = self._predict(frame, [face.person for face in faces], [face.view for face in faces])
        views = [next_view(each) for each in estimates]
        again = [
            k
            for k, (face, view) in enumerate(zip(faces, views, strict=True))
            if np.hypot(view.x - face.view.x, view.y - face.view.y) > MAX_OFFSET * face.view.side
            and estimates[k]["confidence"] > KEEP / 2
        ]
        if again:
            estimates[again] = self._predict(frame, [faces[k].person for k in again], [views[k] for k in again])
        for estimate, face in zip(estimates, faces, strict=True):
            if face.age % CHECK_EVERY == 0:
                estimate["certainty"] = self._certainty(frame, view_of(estimate))
        least = np.array([FOUND_AGAIN if face.missing else KEEP for face in faces])
        return without_duplicates(estimates[estimates["confidence"] >= least])

    def _search(self, frame: ClipFrame, known: np.ndarray, cut: bool) -> np.ndarray:
        """Return estimates of faces that are not among the known ones, each identified as a lost or a new person."""
        try:
            found = self.capturer.find(frame.picture)
        except NoFaceError:
            return np.zeros(0, FACE_RECORD)
        views = [
            CropWindow.of(frame.to_clip(estimate.landmarks), self.capturer.recrop(estimate.landmarks).roll)
            for estimate in found
        ]
        taken = [view_of(each) for each in known]
        views = [view for view in views if all(_apart(view, other) > 0.5 for other in taken)]
        views = views[: MAX_PEOPLE - len(known)]
        if not views:
            return np.zeros(0, FACE_RECORD)
        for _ in range(FIRST_PASSES):
            estimates = self._predict(frame, list(range(len(views))), views)
            views = [next_view(each) for each in estimates]
        estimates = without_duplicates(estimates[estimates["confidence"] >= KEEP])
        estimates["certainty"] = [self._certainty(frame, view_of(estimate)) for estimate in estimates]
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
                there = not cut and not face.cut and _apart(view_of(estimate), face.view) < SAME_PLACE
                if there or distance < SAME_SHAPE:
                    pairs.append((distance, k, face.person))
        identified: dict[int, int] = {}
        for _, k, person in sorted(pairs):
            if k not in identified and person not in identified.values():
                identified[k] = person
        new = iter(range(self._people, self._people + len(estimates)))
        return [identified[k] if k in identified else next(new) for k in range(len(estimates))]

    def _predict(self, frame: ClipFrame, people: list[int], views: list[CropWindow]) -> np.ndarray:
        """Return the estimates (P,) of people in their windows, from one network pass."""
        size = self.capturer.input_size
        crops = [view.crop(size, frame.reduction) for view in views]
        prediction = self.capturer.engine.predict(np.stack([crop.extract(frame.picture) for crop in crops]))
        estimates = np.zeros(len(views), FACE_RECORD)
        estimates["person"], estimates["confidence"], estimates["certainty"] = people, prediction.confidence, UNCHECKED
        estimates["crop"] = [(view.x, view.y, view.side, view.roll) for view in views]
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

    def _certainty(self, frame: ClipFrame, view: CropWindow) -> float:
        """Return the confidence with the mirrored crop too."""
        crop, half = (
            view.crop(self.capturer.input_size, frame.reduction),
            view.side / frame.reduction / SIDE_PER_BOX / 2,
        )
        (x, y), reach = crop.centre, np.array([-half, -half, half, half])
        box = (np.array([x, y, x, y]) + reach).astype(np.float32)
        [estimate] = self.capturer.predict_with_flip(frame.picture, [Candidate(box, view.roll)])
        return estimate.confidence


def view_of(estimate: np.ndarray) -> CropWindow:
    """Return the window in which an estimate was made."""
    return CropWindow(*estimate["crop"].tolist())


def next_view(estimate: np.ndarray) -> CropWindow:
    """Return the window for the frame after an estimate."""
    up = estimate["rotation"][:2, 1]
    return view_of(estimate).follow(estimate["landmarks68"], float(np.arctan2(up[0], -up[1])))


def without_duplicates(estimates: np.ndarray) -> np.ndarray:
    """Remove estimates of the same face, of which that of the person known longest stays."""
    kept: list[int] = []
    for k in np.argsort(estimates["person"], kind="stable"):
        if all(_apart(next_view(estimates[k]), next_view(estimates[other])) > 0.3 for other in kept):
            kept.append(int(k))
    return estimates[sorted(kept)]


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Return whether a new shot begins between two thumbnails (h, w, 3) uint8: pixels and colours change."""
    if np.abs(before.astype(np.int16) - after).mean() <= CUT_DIFFERENCE:
        return False
    shares = [np.stack([np.histogram(t[..., c], 16, (0, 256))[0] for c in range(3)]) for t in (before, after)]
    return bool(np.abs(shares[0] - shares[1]).sum() / (2 * shares[0].sum()) > CUT_HISTOGRAM)


def _apart(a: CropWindow, b: CropWindow) -> float:
    """Return the distance of two faces in face sizes."""
    return float(np.hypot(a.x - b.x, a.y - b.y) * SIDE_PER_BOX / min(a.side, b.side))


def _excess(value: float, limit: float) -> float:
    """Return by how much a value leaves [-limit, limit]."""
    return float(np.sign(value) * max(abs(value) - limit, 0))
