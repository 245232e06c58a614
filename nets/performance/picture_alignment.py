# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person's pictures add to the reading of motion: each frame is compared with the person's own rest.

Blendshapes move the picture of the face at rest, and a small change of the pose does, until it looks like the frame:
direct image alignment with the rest's gradients (Baker and Matthews, "Lucas-Kanade 20 years on", International Journal
of Computer Vision 2004), as a maximum a posteriori estimate around what motion says.
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.performance.face_view import STEP, VIEW
from nets.performance.motion_reading import load_motion_reading
from nets.performance.performance import fill_gaps, shots
from nets.performance.person import TrackedPerson
from nets.performance.picture_reading import KEYS, PictureReading, load_picture_reading
from nets.topology.arkit import NAMES, named_weights, rigid_motions
from nets.topology.own_head import load_blendshapes

# How far a pose may still be wrong, standard deviations: shifts in millimetres, rotations in radians, scale.
POSE_ERROR = np.array([2, 2, 2, 0.02, 0.02, 0.02, 0.02])
BLURS = (3.0, 1), (1.6, 2)  # pixels of the view, from coarse to fine, and the steps of the descent at each
AROUND = 9.0  # pixels over which light and contrast are evened out
LEAST_CONTRAST = 4.0  # grey levels
UNLIKE = 1.5  # standard deviations of the picture from which a difference is hardly believed
TRUST = 0.53  # of a pixel's difference: neighbours share their noise
BELIEVED = 0.6  # share of all differences that this leaves
CHUNK = 128  # frames in memory at a time
FARTHEST = 5.0  # standard deviations up to which a reading counts as away from rest


class Alignment:
    """Aligns views of a person with one of them, the person's rest."""

    def __init__(self, reading: PictureReading, coarse: CoarseShape):
        places = reading.places.astype(np.float32)[None]
        maps = [coarse.mean, *load_blendshapes()[KEYS]]
        mean, *moved = (cv2.remap(np.float32(each), places, None, cv2.INTER_LINEAR)[0] for each in maps)
        motions = np.concatenate([np.stack(moved), rigid_motions(mean)[: len(POSE_ERROR)]])
        self._motions = np.ascontiguousarray(motions[..., :2] * (1, -1) / STEP, np.float32)  # (K + 7, P, 2), pixels
        self._prior = np.zeros((len(motions), len(motions)))
        self._prior[: len(KEYS), : len(KEYS)] = np.linalg.inv(reading.error[np.ix_(KEYS, KEYS)])
        self._prior[len(KEYS) :, len(KEYS) :] = np.diag(POSE_ERROR**-2.0)
        self._pixels = reading.pixels
        row, column = np.divmod(reading.pixels, VIEW[1])
        self._at = np.stack([column, row], 1).astype(np.float32)

    def start_from(self, rest: np.ndarray) -> None:
        """Take a view as the person's rest."""
        self._levels = []
        for blur, steps in BLURS:
            even = evened(rest, blur)
            slopes = (cv2.Sobel(even, cv2.CV_32F, *way, scale=1 / 8).ravel()[self._pixels] for way in ((1, 0), (0, 1)))
            descent = TRUST * sum(self._motions[..., axis] * slope for axis, slope in enumerate(slopes))
            inverse = np.linalg.inv(BELIEVED * (descent @ descent.T).astype(np.float64) + self._prior)
            self._levels.append((blur, steps, even.ravel()[self._pixels], descent, inverse))

    def align(self, views: np.ndarray, readings: np.ndarray) -> np.ndarray:
        """Return weights (F, 52) for views (F, *VIEW). readings: (F, 52), of motion; both are above the rest's"""
        said = np.concatenate([readings[:, KEYS], np.zeros((len(views), len(POSE_ERROR)))], 1)
        weights, flat = said, self._motions.reshape(len(self._motions), -1)
        for blur, steps, rest, descent, inverse in self._levels:
            pictures = [evened(view, blur) for view in views]
            for _ in range(steps):
                places = self._at + (weights.astype(np.float32) @ flat).reshape(len(views), -1, 2)
                seen = [
                    cv2.remap(picture, at[None], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
                    for picture, at in zip(pictures, places, strict=True)
                ]
                apart = np.stack(seen) - rest
                apart /= (1 + (apart / UNLIKE) ** 2) ** 2
                uphill = TRUST * (apart @ descent.T).astype(np.float64) + (weights - said) @ self._prior
                weights = weights - uphill @ inverse
        aligned = readings.copy()
        aligned[:, KEYS] = weights[:, : len(KEYS)]
        return aligned


def evened(view: np.ndarray, blur: float) -> np.ndarray:
    """Return a view, VIEW float32, blurred and freed of light and contrast."""
    soft = cv2.GaussianBlur(view.astype(np.float32), (0, 0), blur)
    soft -= cv2.GaussianBlur(soft, (0, 0), AROUND)
    return soft / np.sqrt(cv2.GaussianBlur(soft * soft, (0, 0), AROUND) + LEAST_CONTRAST**2)


def read_pictures(
    person: TrackedPerson, estimates: np.ndarray, rows: np.ndarray, cuts: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Return what a person's pictures add to the readings of motion (F, 52), in each shot above its own rest.

    estimates, rows: see nets.performance.seen_shapes.SeenShapes; cuts: whether a new shot begins, of the clip's frames
    """
    motion, pictures = load_motion_reading(), load_picture_reading()
    readings = motion.of_shape(person, person.weights, person.expression, coarse)
    away = np.abs(readings - motion.at_rest(readings, named_weights(person.expression)))[:, KEYS] / motion.noise[KEYS]
    away = away.clip(0, FARTHEST).sum(1)
    alignment, added = Alignment(pictures, coarse), np.zeros((len(rows), len(NAMES)), np.float32)
    for shot in shots(person.frame, cuts):
        frames = np.arange(len(rows))[shot]
        shown = np.array([estimates["view"][rows[frame]].any() for frame in frames])
        if not shown.any():
            continue
        seen = frames[shown]
        rest = seen[away[seen].argmin()]
        alignment.start_from(estimates["view"][rows[rest]])
        for start in range(0, len(seen), CHUNK):
            part = seen[start : start + CHUNK]
            above = readings[part] - readings[rest]
            aligned = alignment.align(estimates["view"][rows[part]], above)
            added[part] = pictures.features(aligned, above) @ pictures.coefficients
        added[frames] = fill_gaps(seen - frames[0], added[seen], len(frames), "interpolate")
    return added
