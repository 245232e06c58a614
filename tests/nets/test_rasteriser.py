# SPDX-License-Identifier: GPL-3.0-or-later
"""The shipped rasteriser against geometry known by formula, and against the lab's."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nets.geometry.rasteriser import rasterise, vertex_normals
from nets.lab import raster as lab

corner = st.tuples(*[st.floats(-20, 60, width=32)] * 2, st.floats(-5, 5, width=32))
SQUARE = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], np.float32)
HALVES = np.array([[0, 1, 2], [0, 2, 3]])


@settings(max_examples=60, deadline=None)
@given(st.lists(corner, min_size=3, max_size=3))
def test_attributes_that_are_screen_places_come_back_as_pixel_places(corners):
    screen = np.array(corners, np.float32)
    assume(abs(np.linalg.det(screen[1:, :2] - screen[0, :2])) > 4)  # slivers have no sharp coordinates
    raster = rasterise(screen, np.array([[0, 1, 2]]), (40, 40))
    places = raster.interpolate(screen)
    assert np.allclose(places[:, :2], np.stack([raster.column, raster.row], 1), atol=0.05)


def test_every_pixel_of_a_shared_edge_is_covered_once():
    raster = rasterise(SQUARE, HALVES, (10, 10))
    assert raster.mask.all() and len(raster.row) == 100


def test_the_nearer_triangle_wins_whatever_the_order():
    far = np.array([[0, 0, 1], [20, 0, 1], [0, 20, 1]], np.float32)
    both = np.concatenate([far, far + (0, 0, 1)])
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        raster = rasterise(both, np.array(triangles), (20, 20))
        assert set(raster.triangle) == {triangles.index([3, 4, 5])}
        assert not raster.mask[19, 19]


def test_weights_are_perspective_correct_for_inverse_depths():
    """A floor that recedes from 1 to 4: its middle is seen where 1 / depth is between, not half way up."""
    depth = np.array([1, 1, 4, 4], np.float32)
    ground = np.array([[-1, 0], [1, 0], [1, 1], [-1, 1]], np.float32)
    screen = np.stack([20 + 15 * ground[:, 0] / depth, 36 / depth, 1 / depth], 1)
    raster = rasterise(screen, HALVES, (41, 37), perspective=True)
    seen = raster.interpolate(np.column_stack([ground, depth]))
    middle = (raster.column == 20) & (raster.row >= 9)
    assert np.allclose(seen[middle, 2], 36 / raster.row[middle], rtol=1e-4)


def test_it_covers_the_same_pixels_as_the_labs(egg, turned):
    mesh = egg.mesh("medium")
    screen = egg.sample(mesh, turned(35, 0.5).apply(egg.mean)).astype(np.float32) - (330, 330, 0)
    own, other = rasterise(screen, mesh.triangles, (140, 140)), lab.rasterise(screen, mesh.triangles, (140, 140))
    assert np.array_equal(own.mask, other.covered)
    assert np.allclose(own.interpolate(screen), lab.interpolate(other, mesh.triangles, screen)[own.mask], atol=1e-3)


def test_vertex_normals_point_to_where_triangles_turn_left():
    assert np.allclose(vertex_normals(SQUARE, HALVES), (0, 0, 1))


def test_what_is_outside_or_broken_is_left_out():
    screen = np.concatenate([SQUARE + (50, 0, 0), [[np.nan, 1, 1], [3, 3, 0]]]).astype(np.float32)
    raster = rasterise(screen, np.array([[0, 1, 2], [4, 5, 0]]), (10, 10))
    assert len(raster.row) == 0
