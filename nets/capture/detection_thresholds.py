# SPDX-License-Identifier: GPL-3.0-or-later
"""The thresholds by which the search for faces decides."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DetectionThresholds:
    """Scores are a detector's, confidences the network's, both in [0, 1]."""

    proposal: float = 0.4  # score of candidates that are examined first: faces hardly ever have less
    beside: float = 0.6  # the same beside a clear face: of the faces in mosaics two in a hundred have less
    rotation_search: float = 0.5  # score from which a candidate is also examined at each quarter turn
    rotation_beside: float = 0.8  # the same beside a clear face: other heads are rarely turned otherwise
    second_look: float = 0.1  # confidence of a fast look that earns another one nearer to what was seen
    second_pass: float = 0.6  # confidence of the fast pass that earns an exact one: of 917 faces seven had less
    accept: float = 0.8  # confidence of the exact pass from which a candidate is a face, if it is steady
    least: float = 16  # pixels: the size of a face, below which nothing that deserves a head can be seen
    small: float = 48  # pixels: faces under this size need accept_small
    accept_small: float = 0.91  # higher, because a photo has far more places where a small face might be
    accept_blind: float = 0.88  # without a proposal: more places are looked at; faces found so had 0.887 and more
    sure: float = 0.94  # confidence from which a candidate is a face without further looks: dogs reach 0.93
    unsteady: float = 0.065  # of the face's size, see nets.capture.judgement, if half of the face is in view
    unsteady_hidden: float = 0.15  # by how much it rises from a face in plain view to one of which nothing is seen
    stop: float = 0.8  # confidence of a face after which, if only the largest is wanted, no smaller ones are searched
    passer_by: float = 0.1  # of the largest clear face's size: levels that would show nothing but smaller are left out
    single_pass: float = 0.9  # confidence after which no rotation or second pass is tried: upside down reaches 0.86
    box_fit: float = 0.75  # share of the larger area that a given box and its face have in common if the crop will do
    flip_disagreement: float = 0.1  # of the face's size, between a face and its mirror image: costs 63 % of confidence
    rotation_gain: float = 0.2  # by which a given box must be more confident rotated before its head counts as rotated


THRESHOLDS = DetectionThresholds()
