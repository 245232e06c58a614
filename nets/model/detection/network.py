# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates from the project's own network, which runs over a pyramid of smaller and smaller copies of the photo.

At each level it finds faces of SIDES pixels. The levels are an octave apart, so each face is found at one or two of
them.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from nets.errors import BundleError
from nets.model.bundle import WEIGHTS_FOLDER
from nets.model.detection.candidate import Candidate, Round, overlap, suppress
from nets.model.engines import no_onnx_runtime

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FOLDER = WEIGHTS_FOLDER / "detector"
EXACT, EIGHT_BITS = "detector.onnx", "detector.int8.onnx"
BLOCKS = "blocks"  # the graphs' input
BLOCK = 4  # pixels: the network takes squares of BLOCK² pixels as one place with more channels
STRIDE = 8  # pixels between two cells of its output
MULTIPLE = 16  # a level's width and height are multiples of it, padded with black
SIDES = (13.0, 46.0)  # pixels: the faces, by their landmark box, that it is trained to find at a level
ONLY_THERE = 2 * SIDES[0]  # pixels: faces that are as large at a level are found at the next coarser one as well
UNIT = 24.0  # pixels: the side of a face that is 1 in its output
LIKELY = 0.25  # score from which a cell becomes a candidate
FAINT, FEW = 0.05, 3  # if there is none: at most FEW candidates with at least the score FAINT
FIRST_SIDE = 800  # pixels: levels up to this size are searched in the first round
PLAIN = 0.6  # score from which no turned copies are searched
TURNED_SIDE = 400  # pixels: levels up to this size are searched when turned
CONFIDENT, MAX_CONFIDENT = 0.5, 4  # score, and number, of candidates that are proposed in other sizes as well
OTHER_SIZES = (0.72, 1.38)  # relative to the size that the network saw: it is sometimes wrong by a quarter
RETRY_SCORE = 0.45  # of those: enough for one prediction, not enough for turned crops
MAX_PIXELS = 4_000_000  # of the finest level
REMEDY = "Install the extension again"
AGREEMENT = 0.25  # intersection over union from which two cells mean the same face
MAX_CELLS = 500  # that are merged to candidates
MIN_SIDE = 16  # pixels: the coarsest level has less than twice this, so that faces larger than the photo fit too


class NetworkDetector:
    """A detector whose network is in a folder: detector.onnx or, in eight bits, detector.int8.onnx, or both.

    Their checksums are in detector.toml. Where the graph in eight bits is there, it searches the photos: it takes less
    than half the time, and its scores differ by a tenth of a logit.
    """

    def __init__(self, folder: Path = FOLDER):
        try:
            checksums = tomllib.loads((folder / "detector.toml").read_text(encoding="utf-8"))["sha256"]
            names = [name for name in (EIGHT_BITS, EXACT) if (folder / name).exists()] or [EXACT]
            self._graphs = {name: (folder / name).read_bytes() for name in names}
            damaged = any(hashlib.sha256(graph).hexdigest() != checksums[name] for name, graph in self._graphs.items())
        except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
            raise BundleError(f"the detector's network cannot be read ({error})", folder, REMEDY) from error
        if damaged:
            raise BundleError("the file is damaged: its checksum is not the one in detector.toml", folder, REMEDY)
        self._fast = open_session(self._graphs[EIGHT_BITS]) if EIGHT_BITS in self._graphs else None

    def __call__(self, photo: np.ndarray) -> Iterator[list[Candidate]]:
        """Yield rounds of candidates for a photo (H, W, 3) uint8.

        First come those of its small copies, then, of a large photo, those of larger and larger ones. If none of them
        is plainly a face, the small copies are searched on their sides and upside down. At last come the likeliest
        candidates in other sizes: a caller that skips what lies on a face already found hardly pays for these.
        """
        levels, earlier = pyramid(photo), []
        turned = up_to(TURNED_SIDE, levels)
        large = len(levels) - len(up_to(FIRST_SIDE, levels))
        for first in range(large, -1, -1):
            part = levels[first : first + 1 if first < large else None]
            if part:
                candidates = merge_cells(self._cells(part))
                earlier += candidates
                yield Round(candidates, ONLY_THERE / levels[first - 1].scale if first else np.inf)
        if turned and all(candidate.score < PLAIN for candidate in earlier):
            candidates = merge_cells(np.concatenate([self._cells(turned, quarter) for quarter in (1, 2, 3)]))
            earlier += candidates
            yield candidates
        if other_sizes := in_other_sizes(earlier):
            yield other_sizes

    def _cells(self, levels: list[Level], quarter: int = 0) -> np.ndarray:
        """Return the cells (N, 6) of levels turned by quarter turns, in the unturned photo, see decode_level."""
        levels = [Level(np.rot90(level.image, quarter), level.scale) for level in levels]
        sheet, places = lay_out([level.image for level in levels])
        output = self._answer(to_blocks(sheet)[None])[0]
        parts = [
            turned_back(decode_level(output, level, place), level, quarter)
            for level, place in zip(levels, places, strict=True)
        ]
        return np.concatenate(parts)

    def _answer(self, blocks: np.ndarray) -> np.ndarray:
        """Do as predict for blocks (1, 48, h, w) uint8, in eight bits if the folder has such a graph."""
        return self._fast.run(None, {BLOCKS: blocks})[0] if self._fast else self.predict(blocks.astype(np.float32))

    def predict(self, blocks: np.ndarray) -> np.ndarray:
        """Return the network's output (1, 6, h/2, w/2) for blocks (1, 48, h, w) float32 in 0-255, see decode_level."""
        return self._exact.run(None, {BLOCKS: blocks})[0]

    @cached_property
    def _exact(self) -> InferenceSession:
        return open_session(self._graphs[EXACT])


def open_session(onnx: bytes) -> InferenceSession:
    """Open a session of ONNX Runtime, which, unlike cv2.dnn, needs no new set-up for each image size."""
    try:
        from onnxruntime import InferenceSession

        from nets.model.engines.onnx_engine import one_thread
    except ImportError as error:
        raise no_onnx_runtime(error) from error
    options = one_thread()
    options.enable_mem_pattern = False  # patterns are for images of one size
    return InferenceSession(onnx, options, providers=["CPUExecutionProvider"])


def find_by_network(photo: np.ndarray) -> Iterator[list[Candidate]]:
    """Yield rounds of candidates from the detector that comes with the project."""
    return default_detector()(photo)


@cache
def default_detector() -> NetworkDetector:
    """Load the detector that comes with the project, once."""
    return NetworkDetector()


@dataclass(frozen=True)
class Level:
    """One level of the pyramid."""

    image: np.ndarray  # (H, W, 3) uint8
    scale: float  # its size over the photo's


def pyramid(photo: np.ndarray) -> list[Level]:
    """Return smaller and smaller copies of a photo, finest first."""
    finest = min(1.0, (MAX_PIXELS / (photo.shape[0] * photo.shape[1])) ** 0.5)
    level = Level(photo, 1.0)
    while level.scale >= 2 * finest:
        level = halved(level)
    if level.scale > finest:  # by less than a half: the mean of areas takes eight times as long as this
        ratio = finest / level.scale
        level = Level(cv2.resize(level.image, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_LINEAR), finest)
    levels = [level]
    while min(levels[-1].image.shape[:2]) >= 2 * MIN_SIDE:
        levels.append(halved(levels[-1]))
    return levels


def halved(level: Level) -> Level:
    """Return a level of half the size."""
    height, width = (side // 2 for side in level.image.shape[:2])
    image = cv2.resize(level.image[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return Level(image, level.scale / 2)


def lay_out(images: list[np.ndarray]) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Lay images, each half as large as the one before, on a black sheet (H, W, 3); return it and their corners.

    The second stands to the right of the first, the others in a row below the second.
    """
    corners, x, y = [(0, 0)], 0, 0
    for index, image in enumerate(images[:-1]):
        x += up_to_multiple(image.shape[1] + 1)
        if index == 1:
            x, y = corners[1][0], up_to_multiple(image.shape[0] + 1)
        corners.append((x, y))
    ends = np.array([(x + image.shape[1], y + image.shape[0]) for (x, y), image in zip(corners, images, strict=True)])
    width, height = (up_to_multiple(int(end)) for end in ends.max(0))
    sheet = np.zeros((height, width, 3), np.uint8)
    for (x, y), image in zip(corners, images, strict=True):
        sheet[y : y + image.shape[0], x : x + image.shape[1]] = image
    return sheet, corners


def up_to_multiple(side: int) -> int:
    """Round a side up to a multiple of MULTIPLE."""
    return -(-side // MULTIPLE) * MULTIPLE


def decode_level(output: np.ndarray, level: Level, corner: tuple[int, int]) -> np.ndarray:
    """Decode the part of a network's output that belongs to one level.

    output: (6, h, w), for the whole sheet: logit of the score, shift (x, y) of the centre in cells, log side in UNITs,
        cos and sin of the roll
    corner: (x, y), where the level lies on the sheet

    Returns (N, 6), for each cell that may hold a face: left, top, right and bottom in the photo, roll and score.
    """
    first_column, first_row = (edge // STRIDE for edge in corner)
    rows, columns = (-(-side // STRIDE) for side in level.image.shape[:2])
    output = output[:, first_row : first_row + rows, first_column : first_column + columns]
    row, column = np.nonzero(output[0] > np.log(FAINT / (1 - FAINT)))
    score, right, down, size, cos, sin = output[:, row, column].astype(np.float64)
    half = UNIT * np.exp(np.clip(size, -2, 2)) / 2
    x, y = (STRIDE * (index + shift) + (STRIDE - 1) / 2 for index, shift in ((column, right), (row, down)))
    boxes = np.stack([x - half, y - half, x + half, y + half], 1)
    boxes = (boxes + 0.5) / level.scale - 0.5
    return np.column_stack([boxes, np.arctan2(sin, cos), 1 / (1 + np.exp(-score))])


def turned_back(cells: np.ndarray, level: Level, quarter: int) -> np.ndarray:
    """Return cells (N, 6) of a photo that was turned counter-clockwise by quarter turns as cells of the unturned photo.

    level: of the turned photo
    """
    left, top, right, bottom, roll, score = cells.T
    height, width = (side / level.scale for side in level.image.shape[:2])
    for _ in range(quarter):
        left, top, right, bottom = height - 1 - bottom, left, height - 1 - top, right
        height, width = width, height
    return np.column_stack([left, top, right, bottom, roll + quarter * np.pi / 2, score])


def in_other_sizes(candidates: list[Candidate]) -> list[Candidate]:
    """Return the likeliest candidates once smaller and once larger."""
    confident = sorted((each for each in candidates if each.score >= CONFIDENT), key=lambda each: -each.score)
    likeliest = [replace(each, score=RETRY_SCORE) for each in confident[:MAX_CONFIDENT]]
    return [each.scaled(factor) for each in likeliest for factor in OTHER_SIZES]


def up_to(side: int, levels: list[Level]) -> list[Level]:
    """Return the levels of at most this many pixels in width and height."""
    return [level for level in levels if max(level.image.shape) <= side]


def merge_cells(cells: np.ndarray) -> list[Candidate]:
    """Merge cells (N, 6) of the same face to one candidate, their weighted mean; most likely first."""
    cells = cells[np.argsort(-cells[:, 5])]
    likely = cells[cells[:, 5] >= LIKELY][:MAX_CELLS]
    cells = likely if len(likely) else cells[:FEW]
    boxes, rolls, scores = cells[:, :4], np.exp(1j * cells[:, 4]), cells[:, 5]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    candidates = []
    for index in suppress(boxes, scores):
        shared = overlap(boxes[index], boxes) * np.minimum(areas, areas[index])
        weights = scores * (shared > AGREEMENT * (areas + areas[index] - shared))
        weights /= weights.sum()
        roll = float(np.angle(weights @ rolls))
        candidates.append(Candidate((weights @ boxes).astype(np.float32), roll, float(scores[index])))
    return candidates


def to_blocks(image: np.ndarray) -> np.ndarray:
    """Turn an image (H, W, 3) into blocks (48, H/4, W/4), contiguous, with channels ordered row, column, colour."""
    height, width = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    rows = [np.ascontiguousarray(image[k::BLOCK]).reshape(height, width, 3 * BLOCK) for k in range(BLOCK)]
    return np.concatenate([np.stack(cv2.split(row)) for row in rows])
