# SPDX-License-Identifier: GPL-3.0-or-later
"""The rasteriser against geometry known by formula."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nets.lab.raster import EMPTY, depth_buffer, interpolate, rasterise, vertex_normals

corner = st.tuples(*[st.floats(-20, 60, width=32)] * 2, st.floats(-5, 5, width=32))


@settings(max_examples=60, deadline=None)
@given(st.lists(corner, min_size=3, max_size=3))
def test_attributes_that_are_screen_places_come_back_as_pixel_places(corners):
    screen, triangles = np.array(corners, np.float32), np.array([[0, 1, 2]], np.int32)
    assume(abs(np.linalg.det(screen[1:, :2] - screen[0, :2])) > 4)  # slivers have no sharp coordinates
    raster = rasterise(screen, triangles, (40, 40))
    y, x = np.nonzero(raster.covered)
    places = interpolate(raster, triangles, screen)[y, x]
    assert np.allclose(places[:, 0], x, atol=0.05)
    assert np.allclose(places[:, 1], y, atol=0.05)


def test_every_pixel_of_a_shared_edge_is_covered():
    screen = np.array([[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0]], np.float32)
    raster = rasterise(screen, np.array([[0, 1, 2], [0, 2, 3]], np.int32), (10, 10))
    assert raster.covered.all()


def test_the_nearer_triangle_wins_whatever_the_order():
    far = np.array([[0, 0, 1], [20, 0, 1], [0, 20, 1]], np.float32)
    near = far + (0, 0, 1)
    both = np.concatenate([far, near])
    for triangles in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]]):
        raster = rasterise(both, np.array(triangles, np.int32), (20, 20))
        assert raster.triangle[3, 3] == triangles.index([3, 4, 5])
        assert raster.z[3, 3] == 2
        assert raster.triangle[19, 19] == EMPTY


def test_perspective_texture_lies_where_the_rays_meet_the_plane():
    """A plane tilted away from a pinhole camera: the ray through each pixel gives the plane's coordinates."""
    focal, size = 60.0, 64
    plane = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    points = np.stack([plane[:, 0], plane[:, 1] * 0.5, 3 + plane[:, 1] * 0.9], 1)  # x, y, depth
    inverse = (1 / points[:, 2]).astype(np.float32)
    screen = np.stack(
        [size / 2 + focal * points[:, 0] * inverse, size / 2 + focal * points[:, 1] * inverse, inverse], 1
    )
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    raster = rasterise(screen, triangles, (size, size), inverse)
    found = interpolate(raster, triangles, plane)
    y, x = np.nonzero(raster.covered)
    slope = (y - size / 2) / focal
    v = 3 * slope / (0.5 - 0.9 * slope)  # y = 0.5 v, depth = 3 + 0.9 v, y / depth = slope
    u = (x - size / 2) / focal * (3 + 0.9 * v)
    assert len(x) > 500
    assert np.abs(found[y, x] - np.stack([u, v], 1)).max() < 1e-3


def test_depth_buffer_is_the_raster_s_z():
    rng = np.random.default_rng(0)
    screen = rng.uniform(0, 30, (60, 3)).astype(np.float32)
    triangles = np.arange(60, dtype=np.int32).reshape(-1, 3)
    assert np.array_equal(depth_buffer(screen, triangles, (30, 30)), rasterise(screen, triangles, (30, 30)).z)


def test_normals_of_a_sphere_point_outward():
    theta, phi = np.meshgrid(np.linspace(0.2, 2.9, 30), np.linspace(0, 6.2, 60), indexing="ij")
    sphere = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta), np.sin(theta) * np.sin(phi)], -1)
    index = np.arange(1800).reshape(30, 60)
    a, b, c = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, :-1].ravel()
    normals = vertex_normals(sphere.reshape(-1, 3), np.stack([a, b, c], 1).astype(np.int32))
    inner = index[1:-1, 1:-1].ravel()
    assert ((normals * sphere.reshape(-1, 3)).sum(1)[inner] > 0.99).all()
