# SPDX-License-Identifier: GPL-3.0-or-later
"""Things worn or held before a face: masks, sunglasses, hats, fingers, and whatever stands in the way."""

import cv2
import numpy as np

from nets.lab.detection_training.clutter import colour, shading

PROFILE = 0.9  # radians of yaw from which one half of the face is out of sight

# Places are (right, down) in sides of the square round the landmarks, from its centre, the head upright.
HALF_MASK = (0.1, -0.16), (0.52, -0.08), (0.46, 0.32), (0.2, 0.56)
MASK = (*HALF_MASK, *((-right, down) for right, down in HALF_MASK[::-1]))
EYES = ((-0.23, -0.3), (0.23, -0.3))


def covered(rng: np.random.Generator, cut_out: np.ndarray) -> np.ndarray:
    """The cut-out () of a face with something before it. Less than half of the face is hidden."""
    kinds = [hat, fingers, patch] if abs(cut_out["yaw"]) > PROFILE else [mask, sunglasses, hat, fingers, patch]
    drawing = np.zeros(cut_out["image"].shape, np.float32)
    kinds[rng.integers(len(kinds))](rng, drawing, Frame(cut_out))
    drawing[..., :3] *= shading(rng, len(drawing))[..., None]
    result = cut_out.copy()
    opacity = drawing[..., 3:] / 255
    image = cut_out["image"] + (np.clip(drawing, 0, 255) - cut_out["image"]) * opacity
    image[..., 3] = np.maximum(cut_out["image"][..., 3], drawing[..., 3])
    result["image"] = np.clip(image, 0, 255)
    return result


class Frame:
    """The way from places in a face to a cut-out's pixels."""

    def __init__(self, cut_out: np.ndarray):
        roll, yaw = float(cut_out["roll"]), float(cut_out["yaw"])
        self._turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
        self._centre, self.side = cut_out["centre"].astype(float), float(cut_out["side"])
        self._middle, self._width = 0.35 * np.sin(yaw), np.cos(yaw)
        x, y = self._pixels((0, 0.05))
        self.skin = cut_out["image"][np.clip(y, 0, len(cut_out["image"]) - 1), np.clip(x, 0, len(cut_out["image"]) - 1)]

    def path(self, places) -> np.ndarray:
        return np.stack([self._pixels(place) for place in places])

    def _pixels(self, place) -> np.ndarray:
        right, down = place
        upright = np.array([self._middle + right * max(self._width, 0.4), down])
        return np.round(self._centre + self.side * self._turn @ upright).astype(np.int32)


def tinted(tint) -> tuple[float, ...]:
    return (*(float(v) for v in tint[:3]), 255.0)


def mask(rng, drawing, frame):
    tint = (130, 190, 215) if rng.random() < 0.35 else (235, 235, 235) if rng.random() < 0.4 else colour(rng)
    places = np.array(MASK) * rng.uniform(0.95, 1.08, 2) + (0, rng.uniform(-0.04, 0.06))
    cv2.fillPoly(drawing, [frame.path(places)], tinted(tint), cv2.LINE_AA)
    for down in rng.uniform(0, 0.4, 3):  # folds
        fold = frame.path([(-0.45, down), (0, down + 0.05), (0.45, down)])
        cv2.polylines(drawing, [fold], False, tinted(np.float32(tint) * 0.85), 1, cv2.LINE_AA)


def sunglasses(rng, drawing, frame):
    tint = np.full(3, rng.uniform(5, 50)) if rng.random() < 0.7 else np.array(colour(rng)) * 0.5
    wide, high = rng.uniform(0.15, 0.22), rng.uniform(0.09, 0.18)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    corner = rng.uniform(0.4, 1)  # exponent: how angular the lenses are
    round_ = np.stack([np.sign(f) * np.abs(f) ** corner for f in (np.cos(angles), np.sin(angles))], 1) * (wide, high)
    for eye in EYES:
        cv2.fillPoly(drawing, [frame.path(round_ + eye)], tinted(tint), cv2.LINE_AA)
    bridge = frame.path([(-0.55, -0.36), (0, -0.34), (0.55, -0.36)])
    cv2.polylines(drawing, [bridge], False, tinted(tint), max(int(frame.side * 0.03), 1), cv2.LINE_AA)


def hat(rng, drawing, frame):
    angles, edge = np.linspace(0, 2 * np.pi, 30, endpoint=False), rng.uniform(-0.52, -0.36)
    half = np.array([rng.uniform(0.6, 0.85), rng.uniform(0.3, 0.6)])
    dome = np.stack([np.cos(angles), np.sin(angles)], 1) * half + (rng.normal(0, 0.05), edge - half[1])
    tint = colour(rng)
    cv2.fillPoly(drawing, [frame.path(dome)], tinted(tint), cv2.LINE_AA)
    brim = np.stack([np.cos(angles) * half[0] * rng.uniform(0.9, 1.5), np.sin(angles) * 0.08 + edge - 0.03], 1)
    cv2.fillPoly(drawing, [frame.path(brim)], tinted(np.float32(tint) * rng.uniform(0.6, 1.1)), cv2.LINE_AA)


def fingers(rng, drawing, frame):
    """Fingers of the face's own colour on the chin, the cheek, the mouth or an eye."""
    root = np.array([rng.choice([-0.6, 0.6]), rng.uniform(0, 0.8)])
    reach = np.array([rng.uniform(-0.25, 0.25), rng.uniform(-0.2, 0.35)]) - root
    aside = np.array([-reach[1], reach[0]]) / np.linalg.norm(reach) * 0.12
    for k in range(int(rng.integers(2, 5))):
        tip = root + reach * rng.uniform(0.75, 1.05) + aside * k
        path = frame.path([root - reach * 0.6 + aside * k, root + aside * k, tip])
        tint = frame.skin * rng.uniform(0.75, 1)
        for share, width in ((0.6, 0.13), (1.0, 0.1)):  # a dark rim, then the finger
            thickness = max(int(frame.side * width), 1)
            cv2.polylines(drawing, [path], False, tinted(tint * share), thickness, cv2.LINE_AA)


def patch(rng, drawing, frame):
    """A plain thing that comes in from one side and hides up to two fifths."""
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.4)
    out = np.array([np.cos(angle), np.sin(angle)])
    along = np.array([-out[1], out[0]]) * rng.uniform(0.2, 0.9)
    near, far = out * (0.5 - reach), out * rng.uniform(0.6, 1.1)
    cv2.fillPoly(drawing, [frame.path([near - along, near + along, far + along, far - along])], tinted(colour(rng)))
