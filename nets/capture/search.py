# SPDX-License-Identifier: GPL-3.0-or-later
"""The search for the faces of a photo: a detector proposes candidates, the network looks at them and judges.

The network is tolerant: it finds a face in a box that is wrong by half of its size or by a third of its side, on a head
that is rolled by up to 60°. So one look at an upright crop confirms an obvious face, and only doubt is worth more
looks: a second one nearer to what the first one saw, the other quarter turns, and, where nothing was found, boxes all
over the photo.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.estimate import FaceEstimate, most_confident, overlaps_any
from nets.capture.judgement import is_face
from nets.io.stopwatch import Stopwatch
from nets.model.detection import Candidate, Round

if TYPE_CHECKING:
    from nets.capture.capturer import Capturer

QUARTER = np.pi / 2
QUARTER_TURNS = QUARTER * np.arange(1, 4)
# Sides of the blind search's boxes over the photo's shorter side. Nine boxes of half the side showed each of 38 people
# of AFLW2000-3D at least three times.
BLIND_SIDES = 0.5, 1.0
BLIND_SPACING = 0.5  # of a box's side, between neighbouring boxes


class FaceSearch:
    """Finds the faces of one photo (H, W, 3) uint8.

    thorough: whether a photo in which the detector proposes no face is searched all over
    """

    def __init__(self, capturer: Capturer, photo: np.ndarray, clock: Stopwatch, thorough: bool):
        self._capturer, self._photo, self._clock, self._thorough = capturer, photo, clock, thorough
        self._turn = 0.0  # radians, a quarter turn: the first at which a head is looked at
        self._found: list[FaceEstimate] = []

    def run(self) -> list[FaceEstimate]:
        """Return the faces, in no order, some perhaps twice."""
        rounds, unlikely = self._capturer.detector(self._photo), []
        while not self._has_the_largest():
            with self._clock.measure("detect"):
                candidates = next(rounds, None)
            if candidates is None:
                break
            unlikely += [each for each in candidates if each.score < THRESHOLDS.proposal]
            likely = sorted(
                (each for each in candidates if each.score >= THRESHOLDS.proposal), key=lambda each: -each.score
            )
            self._examine(likely[:1])
            self._examine(likely[1:])
            if isinstance(candidates, Round) and self._dwarfs(candidates.below):
                break
        if not self._found:
            self._examine(unlikely)
        if self._thorough and not self._found:
            with self._clock.measure("network"):
                self._search_blindly()
        return self._found

    def _search_blindly(self) -> None:
        """Look at boxes all over the photo until a face is found: upright ones of all sizes, then turned ones."""
        sizes = [blind_boxes(*self._photo.shape[1::-1], share) for share in BLIND_SIDES]
        if not self._is_judged(sizes[0][0]):
            return
        for turns, boxes in product(([0.0], QUARTER_TURNS), sizes):
            faces = self._faces_of([replace(box, roll=turn) for box in boxes for turn in turns])
            self._found = [each for each in faces if each.confidence >= THRESHOLDS.accept_blind]
            if self._found:
                return

    def _is_judged(self, box: Candidate) -> bool:
        """Return whether the network tells faces from other things. PRN's does not, and finds one in every box."""
        [seen] = self._capturer.predict_crops(self._photo, [box], self._capturer.engine.predict)
        return len(seen.expression) > 0

    def _has_the_largest(self) -> bool:
        """Return whether the largest face is all that is wanted, and was found: rounds begin with large faces."""
        only_the_largest = self._capturer.options.faces == "largest"
        return only_the_largest and any(each.confidence >= THRESHOLDS.stop for each in self._found)

    def _dwarfs(self, size: float) -> bool:
        """Return whether a clear face was found beside which a face of that size is a passer-by's far away."""
        clear = (each.size for each in self._found if each.confidence >= THRESHOLDS.single_pass)
        return size <= THRESHOLDS.passer_by * max(clear, default=0.0)

    def _examine(self, candidates: list[Candidate]) -> None:
        """Add the faces among candidates to those found.

        A head is looked at upright first, or turned as the photo's other heads. A candidate without a clear face is
        also examined at the other quarter turns. Beside a clear face only plain candidates are looked at.
        """
        if any(each.confidence >= THRESHOLDS.single_pass for each in self._found):
            least, least_turned = THRESHOLDS.beside, THRESHOLDS.rotation_beside
        else:
            least, least_turned = 0.0, THRESHOLDS.rotation_search
        with self._clock.measure("network"):
            new = [each for each in candidates if each.score >= least and not overlaps_any(each, self._found)]
            faces = self._faces_of([replace(each, roll=self._turn) for each in new])
            clear = [each for each in faces if each.confidence >= THRESHOLDS.single_pass]
            unclear = [each for each in new if each.score >= least_turned and not overlaps_any(each, clear)]
            turned = [replace(each, roll=self._turn + turn) for each in unclear for turn in QUARTER_TURNS]
            self._found += faces + self._faces_of(turned)
        if self._found:
            best = max(self._found, key=lambda each: each.confidence)
            self._turn = QUARTER * round(self._capturer.recrop(best.landmarks).roll / QUARTER)

    def _faces_of(self, candidates: list[Candidate]) -> list[FaceEstimate]:
        """Return the candidates that are faces.

        A fast look at all of them, and a second at those that are in doubt, are followed by an exact one at the likely
        ones.
        """
        capturer, photo = self._capturer, self._photo
        seen = capturer.predict_crops(photo, candidates, capturer.engine.predict_fast)
        doubtful = [each for each in seen if THRESHOLDS.second_look <= each.confidence < THRESHOLDS.second_pass]
        nearer = [capturer.recrop(each.landmarks) for each in most_confident(doubtful, limit=0.8)]
        seen += capturer.predict_crops(photo, nearer, capturer.engine.predict_fast)
        likely = most_confident((each for each in seen if each.confidence >= THRESHOLDS.second_pass), limit=0.8)
        exact = self._exact(likely)
        exact += self._exact([each for each in exact if THRESHOLDS.second_pass <= each.confidence < THRESHOLDS.accept])
        return [each for each in most_confident(exact) if is_face(capturer, photo, each)]

    def _exact(self, seen: list[FaceEstimate]) -> list[FaceEstimate]:
        """Return estimates from crops centred on faces that were seen, and their mirror images."""
        return self._capturer.predict_with_flip(self._photo, [self._capturer.recrop(each.landmarks) for each in seen])


def blind_boxes(width: int, height: int, share: float) -> list[Candidate]:
    """Return boxes all over a photo of that size, whose side is a share of the photo's shorter side."""
    side = share * min(width, height)
    x, y = (starts(length, side) for length in (width, height))
    return [Candidate(np.float32([left, top, left + side, top + side])) for top in y for left in x]


def starts(length: int, side: float) -> np.ndarray:
    """Return where boxes of a side begin that cover a length, in steps of at most BLIND_SPACING sides."""
    return np.linspace(0, length - side, int(np.ceil((length - side) / (BLIND_SPACING * side))) + 1)
