# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes of a position map: dense, medium and light."""

from typing import get_args

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from nets.geometry.grid_mesh import optimal_grid_lines
from nets.geometry.uv_layout import SIZE, Density, HarmonicFill
from nets.lab.accuracy.surface import Surface
from nets.lab.face_chart import build_chart
from nets.model.bundle import load_bundle

LEAST = {"dense": 60_000, "medium": 15_000, "light": 3_000}
UPPER_LIDS, LOWER_LIDS = [37, 38, 43, 44], [41, 40, 47, 46]  # of the 68 landmarks, above each other
UPPER_LIP, LOWER_LIP = [61, 62, 63], [67, 66, 65]


@pytest.fixture(scope="module")
def layout():
    return load_bundle().layout


@pytest.fixture(scope="module")
def person(ict_face_model, layout):
    """Position map of a face unlike the mean one, with the mouth open, as a network gives it."""
    expression = np.zeros(53)
    expression[ict_face_model.expression_names.index("jawOpen")] = 0.5
    person = ict_face_model.shape(np.random.default_rng(5).normal(size=100), expression)
    position_map, fill = build_chart(ict_face_model).position_map(person), HarmonicFill(layout.bridged)
    position_map[layout.bridged] = fill.matrix @ position_map[fill.boundary]
    return position_map


@pytest.mark.parametrize("density", get_args(Density))
def test_mesh_of_the_committed_layout_is_one_sheet_that_faces_outward(layout, density):
    mesh = layout.mesh(density)
    assert LEAST[density] < len(mesh.uv) < 1.1 * LEAST[density]
    assert corner_turns(mesh.uv[mesh.quads]).min() * SIZE**2 > -0.01
    assert np.array_equal(np.unique(mesh.quads), np.arange(len(mesh.uv)))
    corners = layout.sample(mesh, layout.mean)[mesh.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    face = np.linalg.norm(corners.mean(1) - (0, -20, 20), axis=1) < 50
    assert (normals[face, 2] > 0).mean() > 0.9


def corner_turns(corners):
    """Signed turn at each corner of quads given by (Q, 4, 2) places; positive where counter-clockwise."""
    edges = np.roll(corners, -1, 1) - corners
    following = np.roll(edges, -1, 1)
    return edges[..., 0] * following[..., 1] - edges[..., 1] * following[..., 0]


@pytest.mark.parametrize(("density", "mean", "most"), [("medium", 0.04, 0.5), ("light", 0.17, 1.2)])
def test_thinner_mesh_is_the_same_surface(layout, person, density, mean, most):
    """Millimetres."""
    dense, thin = layout.mesh(), layout.mesh(density)
    fine, coarse = layout.sample(dense, person), layout.sample(thin, person)
    assert {*map(tuple, coarse)} <= {*map(tuple, fine)}
    away = np.linalg.norm(Surface(coarse, thin.triangles).nearest(fine[::7]) - fine[::7], axis=1)
    assert away.mean() < mean and np.quantile(away, 0.99) < most


@pytest.mark.parametrize(("density", "share"), [("medium", 0.1), ("light", 0.15)])
def test_eyes_and_mouth_are_as_wide_open_on_a_thinner_mesh(layout, person, density, share):
    marks = layout.landmarks_of(person)
    mesh = layout.mesh(density)
    surface = RegularGridInterpolator((mesh.rows, mesh.columns), person[np.ix_(mesh.rows, mesh.columns)])
    drawn = surface(layout.landmarks)
    for upper, lower in ((UPPER_LIDS, LOWER_LIDS), (UPPER_LIP, LOWER_LIP)):
        wanted, found = (np.linalg.norm(places[upper] - places[lower], axis=1) for places in (marks, drawn))
        assert found == pytest.approx(wanted, rel=share)


@pytest.mark.parametrize(("density", "mean"), [("medium", 0.2), ("light", 0.25)])
def test_thinner_mesh_ends_where_the_dense_one_does(layout, density, mean):
    dense, thin = layout.mesh(), layout.mesh(density)
    ends = np.concatenate([np.linspace(*thin.texels[edge], 8) for edge in thin.outline])
    away = [np.linalg.norm(ends - place, axis=1).min() for place in dense.texels[np.unique(dense.outline)]]
    assert np.mean(away) < mean and max(away) < 2  # texels


def test_lines_are_where_the_map_bends():
    bends = np.array([2, 5, 12, 14, 20])
    across = np.random.default_rng(1).normal(size=(len(bends), 6, 3))
    rows = np.arange(24)
    values = np.stack([np.interp(rows, bends, each) for each in across.reshape(len(bends), -1).T], -1).reshape(24, 6, 3)
    weights = ((rows >= 2) & (rows <= 20))[:, None] * np.ones(6)
    assert np.array_equal(optimal_grid_lines(values, weights, len(bends)), bends)
