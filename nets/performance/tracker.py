# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows people through a clip: where each was tells where to look next, and what each looks like who it is.

The whole picture is searched for faces only at the start, after a cut, when somebody is lost and every few seconds.
What the tracker knows follows from the records of the frames before, so that it can go on after any of them.
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

AIMS = 2  # looks at a face just found: the first frame of a shot must be seen as the second will be
KEEP = 0.5  # confidence under which somebody counts as lost
FOUND_AGAIN = 0.6  # confidence with which a look at where somebody was last counts
LINGER = 12  # frames for which one still looks there
SEARCH_EVERY = 5.0  # seconds between searches for further people
LONGEST_WAIT = 1.0  # seconds between searches while somebody is lost
MOST_PEOPLE = 6
GONE = 10.0  # seconds after which somebody is not searched for any more
SAME_PLACE = 1.2  # face sizes between where somebody was last and where a face is found again
# Millimetres between somebody's shape and a face's, on the part that no jaw moves. Expressions and turns change it by
# 1.1, in one of ten cases by more than 1.6; other people's differ by 2.2, in one of ten cases by less than 1.4.
SAME_SHAPE = 1.7
CHECK_EVERY = 8  # frames between looks in the mirror, which tell a face from what is none
SHAPE_EVERY, SHAPE_MEMORY = 8, 0.1  # frames between looks at a shape, share of the newest in what is remembered
ABOVE_MOUTH, BEFORE_EARS = -45, -40  # millimetres, canonical y and z
STILL = 0.02, 0.03  # of the crop's side: moves of the face's centre and of its size that the crop does not follow
UPRIGHT = np.radians(12)  # a roll that the crop does not follow
ASTRAY = 0.1  # of the crop's side: a face further from where the crop expected it is looked at again
CUT_DIFFERENCE, CUT_HISTOGRAM = 20.0, 0.25  # grey levels, share of pixels: a new shot exceeds both


@dataclass(frozen=True)
class View:
    """A crop of a picture in the clip's pixels."""

    x: float
    y: float
    side: float
    roll: float

    def crop(self, size: int, reduction: int) -> Crop:
        shift = (reduction - 1) / 2
        centre = (self.x - shift) / reduction, (self.y - shift) / reduction
        return Crop(centre, self.side / reduction / size, size, self.roll)

    @staticmethod
    def of(landmarks: np.ndarray, roll: float) -> View:
        """The protocol's crop, turned by `roll`, round landmarks (68, 3)."""
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        left, top, right, bottom = landmark_box(landmarks[:, :2].astype(np.float64) @ turn).astype(np.float64)
        x, y = turn @ ((left + right) / 2, (top + bottom) / 2)
        return View(x, y, max(SIDE_PER_BOX * (right - left + bottom - top) / 2, 4.0), roll)

    def follow(self, landmarks: np.ndarray, head_roll: float) -> View:
        """The view for the next frame. It stays where it is while the face is still, else trails it by that much: a
        crop that trembles makes the network's answer tremble, one that jumps makes it jump."""
        turn = (head_roll - self.roll + np.pi) % (2 * np.pi) - np.pi
        aim = View.of(landmarks, self.roll + _excess(turn, UPRIGHT))
        apart = np.hypot(aim.x - self.x, aim.y - self.y)
        share = _excess(apart, STILL[0] * self.side) / max(apart, 1e-9)
        side = self.side * np.exp(_excess(np.log(aim.side / self.side), STILL[1]))
        return View(self.x + share * (aim.x - self.x), self.y + share * (aim.y - self.y), float(side), aim.roll)


@dataclass(frozen=True)
class Face:
    """Somebody as last seen: view is where to look next, shape (M, 3) what the upper face looks like, in canonical
    millimetres, age the frames that showed them, missing those since; cut: whether a cut lies between."""

    person: int
    view: View
    shape: np.ndarray
    age: int = 0
    missing: int = 0
    cut: bool = False


class Tracker:
    def __init__(self, capturer: Capturer, rate: float):
        self.capturer = capturer
        self.coarse = CoarseShape(capturer.layout)
        self._on_surface = self.coarse.weights > 0.5
        mean = self.coarse.mean
        self._upper = self._on_surface & (mean[..., 1] > ABOVE_MOUTH) & (mean[..., 2] > BEFORE_EARS)
        self._rate = rate
        self.faces: list[Face] = []
        self._people = 0
        self._thumbnail: np.ndarray | None = None
        self._since_search = 0
        self._wait = 1

    def track(self, frame: ClipFrame) -> tuple[np.ndarray, np.ndarray]:
        """The frame's record () of FRAME and its estimates (P,) of FACE_RECORD."""
        record = np.zeros((), FRAME)
        record["frame"], record["time"] = frame.index, frame.time
        estimates = np.zeros(0, FACE_RECORD)
        if frame.picture is not None:
            thumbnail = cv2.resize(frame.picture, THUMBNAIL[1::-1], interpolation=cv2.INTER_AREA)
            record["readable"], record["thumbnail"] = True, thumbnail
            record["cut"] = self._thumbnail is not None and is_cut(self._thumbnail, thumbnail)
            if not record["cut"]:
                estimates = self._look_for_known(frame)
            record["searched"] = record["cut"] or self._search_is_due(estimates)
            if record["searched"]:
                estimates = np.concatenate([estimates, self._search(frame, estimates, bool(record["cut"]))])
        self.accept(record, estimates)
        return record, estimates

    def accept(self, record: np.ndarray, estimates: np.ndarray) -> None:
        """Learns from the records of a frame: those just made, or those of a bake that goes on."""
        known = {face.person: face for face in self.faces}
        cut = bool(record["cut"])
        seen = {int(each["person"]): self._learn(each, known.get(int(each["person"]))) for each in estimates}
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
            self._wait = min(2 * self._wait, round(LONGEST_WAIT * self._rate)) if lost and not cut else 1

    def _search_is_due(self, estimates: np.ndarray) -> bool:
        if self._thumbnail is None:
            return True
        expected = [face for face in self.faces if self._is_lost(face) or not face.missing]
        everyone = len(estimates) >= max(len(expected), 1)
        return self._since_search + 1 >= (SEARCH_EVERY * self._rate if everyone else self._wait)

    def _is_lost(self, face: Face) -> bool:
        return 0 < face.missing <= GONE * self._rate

    def _learn(self, estimate: np.ndarray, face: Face | None) -> Face:
        """Somebody after one more estimate."""
        if face is None:
            return Face(int(estimate["person"]), next_view(estimate), self._shape_of(estimate))
        shape = face.shape
        if face.age % SHAPE_EVERY == 0:
            shape = shape + SHAPE_MEMORY * (self._shape_of(estimate) - shape)
        return Face(face.person, next_view(estimate), shape, face.age + 1)

    def _shape_of(self, estimate: np.ndarray) -> np.ndarray:
        """The upper face (M, 3) as a rigid body laid on the mean face, millimetres."""
        mean = self.coarse.mean[self._upper]
        points = mean + estimate["offset"][self._upper].astype(np.float32)
        return fit_similarity(mean, points).undo(points)

    def _look_for_known(self, frame: ClipFrame) -> np.ndarray:
        """Those seen a moment ago, where they are expected; a face that moved fast is looked at again."""
        faces = [face for face in self.faces if face.missing <= LINGER and not face.cut]
        if not faces:
            return np.zeros(0, FACE_RECORD)
        estimates = self._look(frame, [face.person for face in faces], [face.view for face in faces])
        views = [next_view(each) for each in estimates]
        again = [
            k
            for k, (face, view) in enumerate(zip(faces, views, strict=True))
            if np.hypot(view.x - face.view.x, view.y - face.view.y) > ASTRAY * face.view.side
            and estimates[k]["confidence"] > KEEP / 2
        ]
        if again:
            estimates[again] = self._look(frame, [faces[k].person for k in again], [views[k] for k in again])
        for estimate, face in zip(estimates, faces, strict=True):
            if face.age % CHECK_EVERY == 0:
                estimate["certainty"] = self._certainty(frame, view_of(estimate))
        least = np.array([FOUND_AGAIN if face.missing else KEEP for face in faces])
        return without_doubles(estimates[estimates["confidence"] >= least])

    def _search(self, frame: ClipFrame, known: np.ndarray, cut: bool) -> np.ndarray:
        """Faces in the picture that are not among the known, each given to who was there, else to somebody new."""
        try:
            found = self.capturer.find(frame.picture)
        except NoFaceError:
            return np.zeros(0, FACE_RECORD)
        views = [
            View.of(frame.to_clip(estimate.landmarks), self.capturer.recrop(estimate.landmarks).roll)
            for estimate in found
        ]
        taken = [view_of(each) for each in known]
        views = [view for view in views if all(_apart(view, other) > 0.5 for other in taken)]
        views = views[: MOST_PEOPLE - len(known)]
        if not views:
            return np.zeros(0, FACE_RECORD)
        for _ in range(AIMS):
            estimates = self._look(frame, list(range(len(views))), views)
            views = [next_view(each) for each in estimates]
        estimates = without_doubles(estimates[estimates["confidence"] >= KEEP])
        estimates["certainty"] = [self._certainty(frame, view_of(estimate)) for estimate in estimates]
        estimates["person"] = self._name(
            estimates, [face for face in self.faces if face.person not in known["person"]], cut
        )
        return estimates

    def _name(self, estimates: np.ndarray, missing: list[Face], cut: bool) -> list[int]:
        """Who each face is: somebody who is missing and was there or looks like that, else somebody new."""
        shapes = [self._shape_of(estimate) for estimate in estimates]
        pairs = []
        for k, (estimate, shape) in enumerate(zip(estimates, shapes, strict=True)):
            for face in missing:
                unlike = float(np.sqrt(((shape - face.shape) ** 2).sum(1).mean()))
                there = not cut and not face.cut and _apart(view_of(estimate), face.view) < SAME_PLACE
                if there or unlike < SAME_SHAPE:
                    pairs.append((unlike, k, face.person))
        named: dict[int, int] = {}
        for _, k, person in sorted(pairs):
            if k not in named and person not in named.values():
                named[k] = person
        new = iter(range(self._people, self._people + len(estimates)))
        return [named[k] if k in named else next(new) for k in range(len(estimates))]

    def _look(self, frame: ClipFrame, people: list[int], views: list[View]) -> np.ndarray:
        """One network pass over the views: estimates (P,)."""
        size = self.capturer.input_size
        crops = [view.crop(size, frame.reduction) for view in views]
        prediction = self.capturer.engine.predict(np.stack([crop.cut(frame.picture) for crop in crops]))
        estimates = np.zeros(len(views), FACE_RECORD)
        estimates["person"], estimates["confidence"], estimates["certainty"] = people, prediction.confidence, UNCHECKED
        estimates["crop"] = [(view.x, view.y, view.side, view.roll) for view in views]
        for name in ("expression", "gaze"):
            said = getattr(prediction, name)
            estimates[name] = said if said[0].size else np.nan
        for estimate, crop, position_map in zip(estimates, crops, prediction.position_maps, strict=True):
            landmarks = self.capturer.layout.landmarks_of(position_map)
            estimate["landmarks68"] = frame.to_clip(crop.to_image(landmarks))
            seen = frame.to_clip(crop.to_image(self.coarse.downsample(position_map)))
            pose = fit_pose(self.coarse.mean[self._on_surface], seen[self._on_surface])
            for name in ("rotation", "scale", "translation"):
                estimate[name] = getattr(pose, name)
            estimate["offset"] = pose.undo(seen) - self.coarse.mean
        return estimates

    def _certainty(self, frame: ClipFrame, view: View) -> float:
        crop, half = (
            view.crop(self.capturer.input_size, frame.reduction),
            view.side / frame.reduction / SIDE_PER_BOX / 2,
        )
        (x, y), reach = crop.centre, np.array([-half, -half, half, half])
        box = (np.array([x, y, x, y]) + reach).astype(np.float32)
        [studied] = self.capturer.predict_with_flip(frame.picture, [Candidate(box, view.roll)])
        return studied.confidence


def view_of(estimate: np.ndarray) -> View:
    return View(*estimate["crop"].tolist())


def next_view(estimate: np.ndarray) -> View:
    up = estimate["rotation"][:2, 1]
    return view_of(estimate).follow(estimate["landmarks68"], float(np.arctan2(up[0], -up[1])))


def without_doubles(estimates: np.ndarray) -> np.ndarray:
    """Of estimates of one face only the oldest person's."""
    kept: list[int] = []
    for k in np.argsort(estimates["person"], kind="stable"):
        if all(_apart(next_view(estimates[k]), next_view(estimates[other])) > 0.3 for other in kept):
            kept.append(int(k))
    return estimates[sorted(kept)]


def is_cut(before: np.ndarray, after: np.ndarray) -> bool:
    """Whether a new shot begins between two thumbnails (h, w, 3) u1: the picture changes, and its colours too."""
    if np.abs(before.astype(np.int16) - after).mean() <= CUT_DIFFERENCE:
        return False
    shares = [np.stack([np.histogram(t[..., c], 16, (0, 256))[0] for c in range(3)]) for t in (before, after)]
    return bool(np.abs(shares[0] - shares[1]).sum() / (2 * shares[0].sum()) > CUT_HISTOGRAM)


def _apart(a: View, b: View) -> float:
    """Distance of two faces in face sizes."""
    return float(np.hypot(a.x - b.x, a.y - b.y) * SIDE_PER_BOX / min(a.side, b.side))


def _excess(value: float, limit: float) -> float:
    """By how much a value leaves [-limit, limit]."""
    return float(np.sign(value) * max(abs(value) - limit, 0))
