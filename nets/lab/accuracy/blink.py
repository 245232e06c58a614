# SPDX-License-Identifier: GPL-3.0-or-later
"""How well closed eyes are told from open ones by the opening of the lids in the position map."""

import json
from pathlib import Path

import numpy as np

from nets.errors import NoFaceError, UsageError
from nets.geometry.uv_layout import SIZE
from nets.interface.expressions import SIDES
from nets.io.photo import read_photo
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.held_out import HeldOut, Predictions
from nets.lab.accuracy.measures import area_under_curve, least_misjudged
from nets.lab.accuracy.shape import material_of
from nets.topology.face_model import FaceModel

# Corners, upper and lower lid of the person's right and left eye; lids are paired.
CORNERS = np.array([[36, 39], [45, 42]])
UPPER, LOWER = np.array([[37, 38], [44, 43]]), np.array([[41, 40], [46, 47]])
CLOSED, OPEN = 0.85, 0.1  # blink weights from which and up to which an eye counts as such
IN_VIEW = 0.7  # share of an eye's texels that nothing hides, for it to count
LABELS = "eyes.json"


def lid_opening(landmarks: np.ndarray) -> np.ndarray:
    """Return the opening (..., 2) of the right and the left eye of landmarks (..., 68, 3): lid gap over eye width."""
    gap = np.linalg.norm(landmarks[..., UPPER, :] - landmarks[..., LOWER, :], axis=-1).mean(-1)
    return gap / np.linalg.norm(landmarks[..., CORNERS[:, 0], :] - landmarks[..., CORNERS[:, 1], :], axis=-1)


def check_synthetic_blinks(
    evaluated: EvaluatedModel, people: HeldOut, predictions: Predictions, model: FaceModel
) -> Section:
    """Measure lid openings of held-out people whose blinks are known, for eyes in plain view."""
    blink, squint, wide = (
        people.expression[:, [model.expression_names.index(name + side) for side in SIDES]]
        for name in ("eyeBlink", "eyeSquint", "eyeWide")
    )
    shown = eyes_in_view(people.visible, evaluated.bundle.layout.feature_texels)
    opening = lid_opening(predictions.landmarks)
    closed = opening[shown & (blink >= CLOSED)]
    opened = opening[shown & (blink <= OPEN) & (squint <= OPEN) & (wide <= OPEN)]
    return Section("synthetic blinks", f"eyes in plain view of {material_of(people)}", blink_figures(closed, opened))


def check_real_blinks(evaluated: EvaluatedModel, labels: Path) -> Section:
    """Measure lid openings on the photos that a file of labels names.

    The file holds {"photo.jpg": ["open", "closed"], …} for the person's right and left eye; null leaves an eye out. The
    photos lie in the same folder. Of several faces in a photo, the largest counts.
    """
    openings: dict[str, list[float]] = {"closed": [], "open": []}
    rows = [f"{'photo':<26}{'right eye':>18}{'left eye':>18}"]
    for name, eyes in read_labels(labels).items():
        try:
            estimates = evaluated.capturer.find(read_photo(labels.parent / name))
        except NoFaceError:
            rows.append(f"{name:<26} no face found")
            continue
        opening = lid_opening(max(estimates, key=lambda estimate: estimate.size).landmarks)
        cells = [f"{label or 'not judged'} {value:.3f}" for label, value in zip(eyes, opening, strict=True)]
        rows.append(f"{name:<26}{cells[0]:>18}{cells[1]:>18}")
        for label, value in zip(eyes, opening, strict=True):
            if label:
                openings[label].append(float(value))
    closed, opened = openings["closed"], openings["open"]
    return Section("real blinks", f"photos labelled in {labels.name}", blink_figures(closed, opened), rows)


def read_labels(path: Path) -> dict[str, list[str | None]]:
    """Read a file of eye labels. Raises UsageError."""
    try:
        labels = json.loads(path.read_text(encoding="utf-8"))
        for name, eyes in labels.items():
            if len(eyes) != 2 or any(eye not in ("open", "closed", None) for eye in eyes):
                raise ValueError(f"{name}: {eyes}")
    except (OSError, ValueError, AttributeError, TypeError) as error:
        remedy = 'Write it as {"photo.jpg": ["open", "closed"]}, for the person\'s right and left eye'
        raise UsageError(f"not a file of eye labels ({error})", path, remedy) from error
    return labels


def eyes_in_view(visible: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return whether each face's right and left eye (N, 2) bool are in plain view.

    visible: (N, G, G) bool, texels in plain view
    landmarks: (68, 2), row and column of the landmarks in a layout
    """
    step = SIZE // visible.shape[1]
    shares = []
    for corners, upper, lower in zip(CORNERS, UPPER, LOWER, strict=True):
        texels = landmarks[np.concatenate([corners, upper, lower])] // step
        (top, left), (bottom, right) = texels.min(0), texels.max(0)
        shares.append(visible[:, top : bottom + 1, left : right + 1].mean((1, 2)))
    return np.stack(shares, 1) >= IN_VIEW


def blink_figures(closed: np.ndarray, opened: np.ndarray) -> list[Figure]:
    """Compare the lid openings of closed eyes (N,) with those of open ones (M,)."""
    figures = [Figure("closed eyes", len(closed), "", ""), Figure("open eyes", len(opened), "", "")]
    for name, openings, better in (("closed", closed, "less"), ("open", opened, "more")):
        if len(openings):
            figures.append(Figure(f"median opening, {name}", 100 * float(np.median(openings)), "% of width", better))
    if len(closed) and len(opened):
        figures += [
            Figure("open above closed (AUC)", 100 * area_under_curve(closed, opened), "%", "more"),
            Figure("eyes on the wrong side at best", least_misjudged(closed, opened), ""),
            Figure("room between the two", 100 * float(min(opened) - max(closed)), "% of width", "more"),
        ]
    return figures
