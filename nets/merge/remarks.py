# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user should know about pictures that are to become one head: strangers, copies, ages, strong expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.interface.expressions import EXPRESSIONS
from nets.io.exif_date import year_taken
from nets.merge.photo_view import PhotoView
from nets.merge.shape import MAX_DISTANCE, shape_distances

# Root mean square of the expression weights: 0.02 to 0.05 of scans at rest, 0.16 with a wide-open mouth.
LIVELY = 0.12
ACTING = [not name.startswith("eyeLook") for name in EXPRESSIONS]
# What the network's answers for a picture and for a crop of it differ by at most: shape in millimetres, turn in degrees
# and expression (root mean square). Pictures of a burst may be as alike, and tell as little.
SAME_SHAPE, SAME_TURN, SAME_EXPRESSION = 0.25, 1.5, 0.01
YEARS = 3  # between the oldest and the newest photo from which a face has changed
LISTED = 3  # names in one sentence


def remarks(views: list[PhotoView], distances: np.ndarray, coarse: CoarseShape) -> Iterator[str]:
    """Yield sentences for the user, without a full stop. distances: (V,), see shape_distances"""
    for view, distance in zip(views, distances, strict=True):
        if distance > MAX_DISTANCE:
            same_clip = view.frame is not None  # in which the tracker follows one person
            otherwise = ", or its expression misleads" if same_clip or _strength(view) > LIVELY else ""
            differs = f"the face differs by {distance:.1f} mm from the others"
            yield f"{view.name} may show somebody else{otherwise}: {differs}"
    for one, other in combinations(views, 2):
        if _same(one, other, coarse):
            yield f"{other.name} tells no more than {one.name}: it is the same picture, part of it, or just like it"
    years = [year for view in views if view.frame is None and (year := year_taken(view.path))]
    if years and max(years) - min(years) >= YEARS:
        yield f"the photos are from {min(years)} to {max(years)}: the head is a mean of these ages"


def advice_on_expressions(views: list[PhotoView]) -> str:
    """Return which pictures should show a face at rest, or nothing."""
    lively = [view.name for view in views if _strength(view) > LIVELY]
    return f"a face at rest in place of strong expressions ({listed(lively)})" if lively else ""


def listed(names: Iterable[str]) -> str:
    """Return names as part of a sentence: the first ones, and how many there are beside them."""
    names = list(names)
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _strength(view: PhotoView) -> float:
    return float(np.sqrt(np.mean(np.nan_to_num(view.estimate.expression[ACTING]) ** 2)))


def _same(one: PhotoView, other: PhotoView, coarse: CoarseShape) -> bool:
    """Whether two photos, not frames of a clip, show the same."""
    if one.frame is not None or other.frame is not None:
        return False
    turn = np.arccos(np.clip((np.trace(one.shape.rotation.T @ other.shape.rotation) - 1) / 2, -1, 1))
    if np.degrees(turn) > SAME_TURN:
        return False
    acting = np.nan_to_num(one.estimate.expression - other.estimate.expression)
    if np.sqrt(np.mean(acting**2)) > SAME_EXPRESSION:
        return False
    return bool(shape_distances([one.shape, other.shape], coarse).max() < SAME_SHAPE)
