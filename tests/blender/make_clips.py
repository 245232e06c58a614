# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by the worker's Python: writes the clips that the tests bake to the folder given."""

import sys
from pathlib import Path

import cv2
import numpy as np
from skimage import data

RATE, FRAMES, SIZE = 24, 20, 320
folder = Path(sys.argv[1])


def save(name, frames):
    height, width = frames[0].shape[:2]
    movie = cv2.VideoWriter(str(folder / name), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (width, height))
    for frame in frames:
        movie.write(np.ascontiguousarray(frame[..., ::-1]))
    movie.release()


def moved(picture, angle, zoom, x, y):
    """The picture turned by degrees and enlarged about the face, which is put at (x, y)."""
    matrix = cv2.getRotationMatrix2D((224, 120), angle, zoom)
    matrix[:, 2] += x - 224, y - 120
    return cv2.warpAffine(picture, matrix, (SIZE, SIZE), borderMode=cv2.BORDER_REFLECT, flags=cv2.INTER_AREA)


portrait = data.astronaut()
at = np.linspace(0, 1, FRAMES)
head = [moved(portrait, 25 * np.sin(5 * t), 1 + 0.3 * t, 130 + 50 * t, 150 + 20 * np.sin(7 * t)) for t in at]


def save_images(name, frames, first):
    for number, frame in enumerate(frames, first):
        (folder / name.format(number)).write_bytes(cv2.imencode(".png", frame[..., ::-1])[1].tobytes())


save("head.mp4", head)
save("long.mp4", 3 * (head + head[::-1]))
save("three.mp4", head + head[::-1] + head)
save_images("still_{:03}.png", head[:6], 7)
save("sky.mp4", [np.full((SIZE, SIZE, 3), (90, 140, 220), np.uint8)] * 6)
numbers = [np.full((64, 64, 3), 4 * number, np.uint8) for number in range(60)]  # each frame tells its number
save("numbers.mp4", numbers)
save_images("number_{:02}.png", numbers[:24], 0)
(folder / "text.mp4").write_bytes(b"this is no movie")
