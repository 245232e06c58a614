# SPDX-License-Identifier: GPL-3.0-or-later
"""Composes scenes of many faces from cut-outs: crowds, groups, albums, close-ups, and pictures without a face."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nets.lab.detection_training.bank import SIZE
from nets.lab.detection_training.moods import set_mood
from nets.lab.synth.camera_degradation import clean_exposure, degrade

SCENE_SIZE = 256
SMALLEST, LARGEST = 9.0, 260.0  # pixels, side of a face
DEGRADED = 0.5  # of the pictures: smaller copies of a photo hardly show its blur and its compression
LEAST_DETAIL = 0.2  # of a degraded picture, as a share of what the picture had
MOODY = 0.25  # of the pictures, which are monochrome, faded, dark or blown out


@dataclass(frozen=True)
class Scene:
    """image (256, 256, 3) u1, or of another size while it is composed. For N faces, in image space: centre (N, 2), side
    (N,) and roll (N,) as of a cut-out; in_view (N,): the share of the face's square that lies in the picture with
    nothing before it."""

    image: np.ndarray
    centre: np.ndarray
    side: np.ndarray
    roll: np.ndarray
    in_view: np.ndarray


@dataclass(frozen=True)
class Place:
    """Where a cut-out goes: side of its face in pixels, turn in radians on top of its own roll."""

    centre: np.ndarray  # (2,)
    side: float
    turn: float = 0.0
    whole: bool = False  # with the background that it was drawn before


class Canvas:
    """A picture in the making, and who is seen where."""

    def __init__(self, image: np.ndarray):
        self.image = image
        self._owner = np.full(image.shape[:2], -1, np.int16)
        self._faces: list[tuple[np.ndarray, float, float]] = []

    def paste(self, rng: np.random.Generator, cut_out: np.ndarray, place: Place, counts: bool = True) -> None:
        """Lays a cut-out over the picture; `counts` says whether it is a face that should be found."""
        pixels, centre, roll = cut_out["image"], cut_out["centre"].copy(), float(cut_out["roll"])
        if rng.random() < 0.5:
            pixels, roll = pixels[:, ::-1], -roll
            centre[0] = SIZE - 1 - centre[0]
        if place.whole:
            pixels = np.dstack([pixels[..., :3], np.full((SIZE, SIZE), 255, np.uint8)])
        scale = place.side / float(cut_out["side"])
        cos, sin = scale * np.cos(place.turn), scale * np.sin(place.turn)
        matrix = np.array([[cos, -sin], [sin, cos]])
        if counts and not place.whole and rng.random() < 0.8:
            self._body(rng, pixels, centre, matrix, place.centre)
        owner = len(self._faces) if counts else -1
        self._lay(pixels, centre, matrix, place.centre, tone(rng), owner)
        if counts:
            self._faces.append((place.centre, place.side, roll + place.turn))

    def cover(self, rng: np.random.Generator) -> None:
        """Bars before some of the faces."""
        for _ in range(rng.integers(1, 3)):
            start, end = (tuple(rng.integers(0, SCENE_SIZE, 2).tolist()) for _ in range(2))
            tint, width = rng.uniform(0, 255, 3).tolist(), int(rng.integers(2, 14))
            cv2.line(self.image, start, end, tint, width, cv2.LINE_AA)
            cv2.line(self._owner, start, end, -1, width)

    def scene(self, rng: np.random.Generator) -> Scene:
        """What was composed, in a camera's picture, held upright or not."""
        left, top, right, bottom = frame = self._frame(rng)
        scene = self._seen_in(frame)
        image = self._developed(rng)
        black = np.zeros_like(image)
        black[top:bottom, left:right] = image[top:bottom, left:right]
        quarter = int(rng.choice(4, p=[0.64, 0.12, 0.12, 0.12]))
        return quarter_turned(replace(scene, image=black), quarter)

    def photo(self, rng: np.random.Generator, frame: tuple[int, int, int, int], quarter: int) -> Scene:
        """The part of the picture inside a frame (left, top, right, bottom) as a photo of its own, turned
        counter-clockwise by quarter turns."""
        left, top, right, bottom = frame
        scene = self._seen_in(frame)
        image = self._developed(rng)[top:bottom, left:right]
        return quarter_turned(replace(scene, image=image, centre=scene.centre - (left, top)), quarter)

    def _developed(self, rng: np.random.Generator) -> np.ndarray:
        image = set_mood(rng, self.image) if rng.random() < MOODY else self.image
        if rng.random() < DEGRADED:
            degraded = degrade(rng, image)
            if detail(degraded) > LEAST_DETAIL * detail(self.image):  # else nobody could tell the faces
                return degraded
        return clean_exposure(rng, image)

    def _seen_in(self, frame: tuple[int, int, int, int]) -> Scene:
        """The truth about what a frame shows, with the picture as it is now."""
        faces, (left, top, right, bottom) = self._faces, frame
        outside = np.ones_like(self._owner, bool)
        outside[top:bottom, left:right] = False
        self._owner[outside] = -1
        centre = np.array([face[0] for face in faces], float).reshape(-1, 2)
        side, roll = (np.array([face[k] for face in faces], float) for k in (1, 2))
        in_view = np.array([self._in_view(k, *face) for k, face in enumerate(faces)])
        return Scene(self.image, centre, side, roll, in_view)

    def _frame(self, rng: np.random.Generator) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the photo's part of the picture: levels of a pyramid lie before black."""
        kind, middle, half = rng.random(), rng.uniform(0, SCENE_SIZE, 2), np.exp(rng.uniform(2.5, 5, 2))
        if kind > 0.06:
            return 0, 0, SCENE_SIZE, SCENE_SIZE
        if kind > 0.03 and self._faces:
            middle, side, _ = self._faces[rng.integers(len(self._faces))]
            half = side * rng.uniform(0.5, 1.5, 2)
        low, high = (np.clip(middle + sign * half, 0, SCENE_SIZE).astype(int) for sign in (-1, 1))
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _lay(self, pixels: np.ndarray, centre: np.ndarray, matrix: np.ndarray, place: np.ndarray, tone, owner) -> None:
        """Blends pixels (S, S, 4) in: their point p lands on place + matrix @ (p - centre). They belong to the face
        with that index, to none if it is -1."""
        scale = np.sqrt(abs(np.linalg.det(matrix)))
        while scale < 0.6:
            pixels = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            centre, matrix, scale = (centre + 0.5) / 2 - 0.5, matrix * 2, scale * 2
        corners = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * (len(pixels) - 1)
        corners = place + (corners - centre) @ matrix.T
        x0, y0 = np.clip(np.floor(corners.min(0)), 0, SCENE_SIZE).astype(int)
        x1, y1 = np.clip(np.ceil(corners.max(0)) + 1, 0, SCENE_SIZE).astype(int)
        if x0 >= x1 or y0 >= y1:
            return
        offset = place - matrix @ centre - [x0, y0]
        warped = cv2.warpAffine(
            np.ascontiguousarray(pixels), np.column_stack([matrix, offset]), (int(x1 - x0), int(y1 - y0))
        )
        alpha = warped[..., 3:].astype(np.float32) / 255
        under = self.image[y0:y1, x0:x1]
        under[:] = under + (np.clip(warped[..., :3] * tone, 0, 255) - under) * alpha
        self._owner[y0:y1, x0:x1][alpha[..., 0] > 0.5] = owner

    def _body(
        self, rng: np.random.Generator, pixels: np.ndarray, centre: np.ndarray, matrix: np.ndarray, place
    ) -> None:
        """Clothes below the cut-out's lower edge."""
        shoulders = np.flatnonzero(pixels[-4, :, 3] > 128)  # columns
        if len(shoulders) < 8:
            return
        left, right = shoulders[[0, -1]]
        spread, low = SIZE * rng.uniform(0, 0.15), SIZE * rng.uniform(1.2, 3)
        outline = np.array([[left, SIZE - 6], [right, SIZE - 6], [right + spread, low], [left - spread, low]])
        outline = np.round(place + (outline - centre) @ matrix.T).astype(np.int32)
        tint = pixels[-4, shoulders, :3].mean(0) if rng.random() < 0.7 else rng.uniform(0, 255, 3)
        cv2.fillConvexPoly(self.image, outline, tuple(map(float, tint)), cv2.LINE_AA)
        cv2.fillConvexPoly(self._owner, outline, len(self._faces))

    def _in_view(self, index: int, centre: np.ndarray, side: float, roll: float) -> float:
        steps = (np.arange(9) - 4) / 9 * side
        across, down = np.meshgrid(steps, steps)
        x = centre[0] + across * np.cos(roll) - down * np.sin(roll)
        y = centre[1] + across * np.sin(roll) + down * np.cos(roll)
        inside = (x >= 0) & (y >= 0) & (x < SCENE_SIZE - 0.5) & (y < SCENE_SIZE - 0.5)
        column, row = (np.clip(np.round(v), 0, SCENE_SIZE - 1).astype(int) for v in (x, y))
        return float((inside & (self._owner[row, column] == index)).mean())


def crowd(rng: np.random.Generator) -> list[Place]:
    """Rows of upright people of like size, the back row first."""
    side, places = log_uniform(rng, 11, 45), []
    spacing, lift, tilt = rng.uniform(1.25, 2.4), rng.uniform(0.7, 2), rng.normal(0, 0.06)
    y = rng.uniform(0, SCENE_SIZE * 0.6)
    for _ in range(rng.integers(2, 7)):
        x = rng.uniform(-1, 1) * side
        while x < SCENE_SIZE + side:
            if rng.random() < 0.85:
                size = side * np.exp(rng.normal(0, 0.1))
                centre = np.array([x, y + rng.normal(0, 0.3) * side])
                places.append(Place(centre, size, tilt + rng.normal(0, 0.12)))
            x += side * spacing * rng.uniform(0.75, 1.4)
        y += side * lift
        side *= rng.uniform(1, 1.15)
    return places


def scattered(rng: np.random.Generator) -> list[Place]:
    """Anywhere, any size; in half of the scenes turned any way."""
    count, loose = int(rng.integers(3, 20)), rng.random() < 0.45
    places = []
    for _ in range(count):
        turn = rng.uniform(-np.pi, np.pi) if loose else rng.normal(0, 0.25)
        side = log_uniform(rng, SMALLEST, 50 if rng.random() < 0.9 else LARGEST)
        places.append(Place(rng.uniform(-5, SCENE_SIZE + 5, 2), side, turn, rng.random() < 0.2))
    return sorted(places, key=lambda place: place.side)


def album(rng: np.random.Generator) -> list[Place]:
    """Portraits side by side, as they were taken."""
    step = log_uniform(rng, 26, 100)
    shift = rng.uniform(0, step, 2)
    tilted = rng.random() < 0.5
    return [
        Place(np.array([x, y]), step * rng.uniform(0.4, 0.5), rng.normal(0, 0.15) * tilted, whole=True)
        for y in np.arange(-shift[1], SCENE_SIZE + step, step)
        for x in np.arange(-shift[0], SCENE_SIZE + step, step)
        if rng.random() < 0.8
    ]


def close_up(rng: np.random.Generator) -> list[Place]:
    side = log_uniform(rng, 50, LARGEST)
    turn = rng.uniform(-np.pi, np.pi) if rng.random() < 0.4 else rng.normal(0, 0.2)
    return [Place(rng.uniform(0.2, 0.8, 2) * SCENE_SIZE, side, turn, rng.random() < 0.3)]


def nobody(rng: np.random.Generator) -> list[Place]:
    return []


def detail(image: np.ndarray) -> float:
    """How much fine structure a picture (H, W, 3) u1 has."""
    return float(cv2.Laplacian(image, cv2.CV_32F).std())


def quarter_turned(scene: Scene, quarter: int) -> Scene:
    """The scene turned counter-clockwise by quarter turns."""
    image, centre = scene.image, scene.centre
    for _ in range(quarter):
        centre = np.stack([centre[:, 1], image.shape[1] - 1 - centre[:, 0]], 1)
        image = np.rot90(image)
    return replace(scene, image=np.ascontiguousarray(image), centre=centre, roll=scene.roll - quarter * np.pi / 2)


def scrambled(rng: np.random.Generator, cut_out: np.ndarray) -> np.ndarray:
    """A face cut into tiles that lie in another order."""
    parts = int(rng.integers(2, 5))
    half = float(cut_out["side"]) * 0.6
    tile = int(2 * half / parts)
    left, top = (int(v - half) for v in cut_out["centre"])
    result = cut_out.copy()
    order = rng.permutation(parts**2)
    for target, source in enumerate(order):
        (ty, tx), (sy, sx) = divmod(target, parts), divmod(int(source), parts)
        to = np.s_[max(top + ty * tile, 0) : top + (ty + 1) * tile, max(left + tx * tile, 0) : left + (tx + 1) * tile]
        patch = cut_out["image"][
            max(top + sy * tile, 0) : top + (sy + 1) * tile, max(left + sx * tile, 0) : left + (sx + 1) * tile
        ]
        goal = result["image"][to]
        height, width = min(len(goal), len(patch)), min(goal.shape[1], patch.shape[1])
        goal[:height, :width] = patch[:height, :width]
    return result


def tone(rng: np.random.Generator) -> np.ndarray:
    """A light's strength and tint (3,) f4."""
    return (np.exp(rng.normal(0, 0.15)) * np.exp(rng.normal(0, 0.04, 3))).astype(np.float32)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
