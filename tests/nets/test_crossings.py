# SPDX-License-Identifier: GPL-3.0-or-later
"""Surfaces that cross: each other, and themselves."""

import numpy as np

from nets.lab.crossings import crossings, self_crossings


def sheet(height, columns=6):
    """A strip of triangles in the plane z = height, over x from 0 to 1 and y from 0 to 1."""
    x = np.linspace(0, 1, columns + 1)
    points = np.concatenate([np.stack([x, 0 * x + y, 0 * x + height], 1) for y in (0, 1)])
    near = np.arange(columns)
    far = near + columns + 1
    return points, np.concatenate([np.stack([near, near + 1, far + 1], 1), np.stack([near, far + 1, far], 1)])


def test_what_lies_apart_does_not_cross_and_what_is_pushed_through_does():
    (points, one), (above, other) = sheet(0.0), sheet(0.1)
    other = other + len(points)
    assert len(crossings(np.concatenate([points, above]), one, other)) == 0
    above[2, 2] = -0.05  # one corner goes through
    pairs = crossings(np.concatenate([points, above]), one, other)
    assert len(pairs) and set(pairs[:, 1]) <= set(np.flatnonzero((other == len(points) + 2).any(1)))


def test_a_surface_that_is_bent_through_itself_crosses_itself():
    points, triangles = sheet(0.0)
    assert len(self_crossings(points, triangles)) == 0
    points[[5, 6, 12, 13]] = [[0.4, 0, 0.1], [0.2, 0, -0.1], [0.4, 1, 0.1], [0.2, 1, -0.1]]  # its end goes back through
    assert len(self_crossings(points, triangles)) > 0
