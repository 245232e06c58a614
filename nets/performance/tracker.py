# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows people through a clip: where each was tells where to look next.

The whole picture is searched for faces only at the start, after a cut, when somebody is lost and every few seconds.
What the tracker knows follows from the records of the frames before, so that it can go on after any of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.capture import Capturer
from nets.crop import SIDE_PER_BOX, Crop, landmark_box
from nets.errors import NoFaceError
from nets.performance.cache import FRAME, SIGHTING, THUMBNAIL
from nets.performance.clip import ClipFrame
from nets.performance.coarse import CoarseShape
from nets.pose import fit_pose

KEEP = 0.5  # confidence under which somebody counts as lost
FOUND_AGAIN = 0.6  # confidence with which a look at where somebody was last counts
LINGER = 12  # frames for which one still looks there
SEARCH_EVERY = 5.0  # seconds between searches for further people
LONGEST_WAIT = 1.0  # seconds between searches while somebody is lost
MOST_PEOPLE = 6
SAME_PLACE = 1.2  # face sizes between where somebody was last and where a face is found again
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
    """Somebody as last seen: view is where to look next, missing the frames since."""

    person: int
    view: View
    missing: int = 0


class Tracker:
    def __init__(self, capturer: Capturer, rate: float):
        self.capturer = capturer
        self.coarse = CoarseShape(capturer.layout)
        self._on_surface = self.coarse.weights > 0.5
        self._rate = rate
        self.faces: list[Face] = []
        self._people = 0
        self._thumbnail: np.ndarray | None = None
        self._since_search = 0
        self._wait = 1

    def track(self, frame: ClipFrame) -> tuple[np.ndarray, np.ndarray]:
        """The frame's record () of FRAME and its sightings (P,) of SIGHTING."""
        record = np.zeros((), FRAME)
        record["frame"], record["time"] = frame.index, frame.time
        sightings = np.zeros(0, SIGHTING)
        if frame.picture is not None:
            thumbnail = cv2.resize(frame.picture, THUMBNAIL[1::-1], interpolation=cv2.INTER_AREA)
            record["readable"], record["thumbnail"] = True, thumbnail
            record["cut"] = self._thumbnail is not None and is_cut(self._thumbnail, thumbnail)
            if not record["cut"]:
                sightings = self._look_for_known(frame)
            record["searched"] = record["cut"] or self._search_is_due(sightings)
            if record["searched"]:
                sightings = np.concatenate([sightings, self._search(frame, sightings, bool(record["cut"]))])
        self.accept(record, sightings)
        return record, sightings

    def accept(self, record: np.ndarray, sightings: np.ndarray) -> None:
        """Learns from the records of a frame: those just made, or those of a bake that goes on."""
        seen = {int(each["person"]): each for each in sightings}
        faces = [] if record["cut"] and len(seen) else self.faces
        faces = [Face(face.person, face.view, face.missing + 1) for face in faces if face.person not in seen]
        self.faces = faces + [Face(person, next_view(each)) for person, each in seen.items()]
        self._people = max([self._people, *(person + 1 for person in seen)])
        if record["readable"]:
            self._thumbnail = record["thumbnail"]
        self._since_search = 0 if record["searched"] else self._since_search + 1
        if record["searched"]:
            lost = not seen or any(face.missing for face in self.faces)
            self._wait = min(2 * self._wait, round(LONGEST_WAIT * self._rate)) if lost and not record["cut"] else 1

    def _search_is_due(self, sightings: np.ndarray) -> bool:
        everyone = len(sightings) == len(self.faces) and len(sightings)
        if self._thumbnail is None:
            return True
        return self._since_search + 1 >= (SEARCH_EVERY * self._rate if everyone else self._wait)

    def _look_for_known(self, frame: ClipFrame) -> np.ndarray:
        """Those seen a moment ago, where they are expected; a face that moved fast is looked at again."""
        faces = [face for face in self.faces if face.missing <= LINGER]
        if not faces:
            return np.zeros(0, SIGHTING)
        sightings = self._look(frame, [face.person for face in faces], [face.view for face in faces])
        views = [next_view(each) for each in sightings]
        again = [
            k
            for k, (face, view) in enumerate(zip(faces, views, strict=True))
            if np.hypot(view.x - face.view.x, view.y - face.view.y) > ASTRAY * face.view.side
            and sightings[k]["confidence"] > KEEP / 2
        ]
        if again:
            sightings[again] = self._look(frame, [faces[k].person for k in again], [views[k] for k in again])
        least = np.array([FOUND_AGAIN if face.missing else KEEP for face in faces])
        return without_doubles(sightings[sightings["confidence"] >= least])

    def _search(self, frame: ClipFrame, known: np.ndarray, cut: bool) -> np.ndarray:
        """Faces in the picture that are not among the known, each given to who was there, else to somebody new."""
        try:
            found = self.capturer.find(frame.picture)
        except NoFaceError:
            return np.zeros(0, SIGHTING)
        views = [
            View.of(frame.to_clip(sighting.landmarks), self.capturer.recentre(sighting).roll) for sighting in found
        ]
        taken = [view_of(each) for each in known]
        views = [view for view in views if all(_apart(view, other) > 0.5 for other in taken)]
        missing = [face for face in self.faces if face.person not in known["person"]]
        people = name_people(views, missing, self._people, alone=len(views) == len(missing) == 1)
        room = MOST_PEOPLE - len(known)
        sightings = self._look(frame, people[:room], views[:room]) if views and room > 0 else np.zeros(0, SIGHTING)
        return without_doubles(sightings[sightings["confidence"] >= KEEP])

    def _look(self, frame: ClipFrame, people: list[int], views: list[View]) -> np.ndarray:
        """One network pass over the views: sightings (P,)."""
        size = self.capturer.input_size
        crops = [view.crop(size, frame.reduction) for view in views]
        prediction = self.capturer.engine.predict(np.stack([crop.cut(frame.picture) for crop in crops]))
        sightings = np.zeros(len(views), SIGHTING)
        sightings["person"], sightings["confidence"] = people, prediction.confidence
        sightings["crop"] = [(view.x, view.y, view.side, view.roll) for view in views]
        for sighting, crop, position_map in zip(sightings, crops, prediction.position_maps, strict=True):
            landmarks = self.capturer.layout.landmarks_of(position_map)
            sighting["landmarks68"] = frame.to_clip(crop.to_image(landmarks))
            seen = frame.to_clip(crop.to_image(self.coarse.reduce(position_map)))
            pose = fit_pose(self.coarse.mean[self._on_surface], seen[self._on_surface])
            for name in ("rotation", "scale", "translation"):
                sighting[name] = getattr(pose, name)
            sighting["offset"] = pose.undo(seen) - self.coarse.mean
        return sightings


def view_of(sighting: np.ndarray) -> View:
    return View(*sighting["crop"].tolist())


def next_view(sighting: np.ndarray) -> View:
    up = sighting["rotation"][:2, 1]
    return view_of(sighting).follow(sighting["landmarks68"], float(np.arctan2(up[0], -up[1])))


def name_people(views: list[View], missing: list[Face], people: int, alone: bool) -> list[int]:
    """A number for each face found: that of who was nearest to the place, or of the only one who is missing if the face
    is the only one found, or else a new one."""
    pairs = [(_apart(view, face.view), k, face.person) for k, view in enumerate(views) for face in missing]
    named: dict[int, int] = {}
    for apart, k, person in sorted(pairs):
        if k not in named and person not in named.values() and (apart < SAME_PLACE or alone):
            named[k] = person
    new = iter(range(people, people + len(views)))
    return [named[k] if k in named else next(new) for k in range(len(views))]


def without_doubles(sightings: np.ndarray) -> np.ndarray:
    """Of sightings of one face only the oldest person's."""
    kept: list[int] = []
    for k in np.argsort(sightings["person"], kind="stable"):
        if all(_apart(next_view(sightings[k]), next_view(sightings[other])) > 0.3 for other in kept):
            kept.append(int(k))
    return sightings[sorted(kept)]


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
