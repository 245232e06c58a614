# SPDX-License-Identifier: GPL-3.0-or-later
import time

import numpy as np
import pytest

from nets.geometry.visibility import depth_buffer, surface_normals, visibility_of


@pytest.mark.parametrize("yaw", [-90, -40, 0, 25, 70])
def test_convex_head_is_seen_where_it_faces_the_camera(egg, egg_normals, turned, yaw):
    pose = turned(yaw)
    view = visibility_of(pose.apply(egg.mean).astype(np.float32), egg, egg.mesh("medium"))
    expected = (egg_normals @ pose.rotation.T)[..., 2]
    inside = egg.mask.copy()
    inside[:6] = inside[-6:] = inside[:, :6] = inside[:, -6:] = False
    assert np.abs(view.facing - expected)[inside].max() < 0.02
    assert view.seen[inside & (expected > 0.25)].min() > 0.95
    assert view.seen[expected < 0].max() == 0 and view.seen[~egg.mask].max() == 0


def test_a_bump_hides_what_lies_behind_it(egg, turned):
    """A nose 40 mm long, seen from 50 degrees aside, hides the cheek behind it and not the one before it."""
    rows, columns = np.mgrid[:256, :256]
    head = egg.mean.copy()
    head[..., 2] += 40 * np.exp(-(((rows - 128) / 18) ** 2) - ((columns - 127.5) / 7) ** 2)
    left = visibility_of(turned(50).apply(head).astype(np.float32), egg, egg.mesh("medium")).seen
    assert left[128, 136:142].max() < 0.05  # the far flank of the nose and the cheek at its foot
    assert left[128, 60:110].min() > 0.95
    right = visibility_of(turned(-50).apply(head).astype(np.float32), egg, egg.mesh("medium")).seen
    assert np.abs(right - left[:, ::-1]).mean() < 5e-3


def test_margin_is_the_distance_to_the_outline(egg, turned):
    pose = turned(0)
    position_map = pose.apply(egg.mean).astype(np.float32)
    margin = visibility_of(position_map, egg, egg.mesh("medium")).margin
    height = np.ptp(position_map[egg.mask][:, 1])
    assert margin[128, 128] == pytest.approx(70 * pose.scale / height, rel=0.1)  # half the width, from the middle
    column = np.argmin(np.abs(position_map[128, :, 0] - (400 + 50 * pose.scale)))
    assert margin[128, column] == pytest.approx(20 * pose.scale / height, abs=0.015)


def test_normals_point_out_of_the_face(egg, egg_normals, turned):
    pose = turned(0)
    normals = surface_normals(pose.apply(egg.mean))[8:-8, 8:-8]
    np.testing.assert_allclose(normals, (egg_normals @ pose.rotation.T)[8:-8, 8:-8], atol=2e-2)


def test_depth_buffer_keeps_the_nearest_and_interpolates():
    near = np.array([[0, 0, 5], [8, 0, 5], [0, 8, 13]], float)
    far = near * [1, 1, 0]
    depth = depth_buffer(np.concatenate([far, near]), np.array([[3, 5, 4], [0, 1, 2]]))
    assert depth[2, 3] == pytest.approx(7) and depth[7, 7] == -np.inf
    assert depth_buffer(far, np.array([[0, 1, 2]]))[2, 3] == 0


def test_a_wrecked_map_costs_no_memory(egg):
    noise = np.random.default_rng(0).normal(0, 300, egg.mean.shape).astype(np.float32)
    assert np.isfinite(visibility_of(noise, egg, egg.mesh("medium")).seen).all()


def test_fast_enough_to_go_unnoticed(egg, turned):
    position_map, mesh = turned(30).apply(egg.mean).astype(np.float32), egg.mesh("medium")
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        visibility_of(position_map, egg, mesh)
        best = min(best, time.perf_counter() - start)
    assert best < 0.15  # about 0.02 s on an idle core
