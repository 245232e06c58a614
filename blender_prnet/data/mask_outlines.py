# SPDX-License-Identifier: GPL-3.0-or-later
"""Outlines of Blender's masks as polygons in the pixels of a clip."""

import numpy as np

STEPS = 10  # straight pieces of a segment between two points of a mask
DIGITS = 2  # of a pixel that are kept


def polygon_of(points: np.ndarray, size: tuple[int, int], flip: tuple[int, int] = (1, 1)) -> list[list[float]]:
    """Return a closed spline of a mask as a polygon [[x, y], …], pixels of a clip of width and height `size`.

    points: (P, 3, 2), left handle, point and right handle, in the mask's own space: the clip's longer side is 0 to 1,
    the shorter one lies in the middle, y points up; flip: -1 for each axis that Blender shows mirrored
    """
    share = np.linspace(0, 1, STEPS, endpoint=False)[:, None, None]
    start, out, to, end = points[:, 1], points[:, 2], np.roll(points[:, 0], -1, 0), np.roll(points[:, 1], -1, 0)
    rest = 1 - share
    curve = rest**3 * start + 3 * rest**2 * share * out + 3 * rest * share**2 * to + share**3 * end
    places = curve.swapaxes(0, 1).reshape(-1, 2)
    middle = np.array(size) / 2 - 0.5  # centres of pixels are integers
    pixels = (places - 0.5) * max(size) * (1, -1) * np.array(flip) + middle
    return pixels.round(DIGITS).tolist()


def changes_of(frames: list[int], outlines: list[list]) -> list[list]:
    """Return [frame, polygons] for the first frame, and for each in which the polygons are others than before."""
    changed = [k for k in range(len(frames)) if not k or outlines[k] != outlines[k - 1]]
    return [[frames[k], outlines[k]] for k in changed]
