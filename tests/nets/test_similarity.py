# SPDX-License-Identifier: GPL-3.0-or-later
"""The one similarity fit, of one set of points and of many at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.geometry.similarity import fit_similarity
from nets.lab.synth.face import rotation_matrix

POINTS = np.random.default_rng(0).normal(0, [55, 70, 40], (300, 3))
angle = st.floats(-1.5, 1.5)


@given(angle, angle, angle, st.floats(0.02, 30), st.floats(-5000, 5000))
def test_a_known_similarity_is_found_and_undone(yaw, pitch, roll, scale, shift):
    rotation = rotation_matrix(yaw, pitch, roll)
    target = scale * POINTS @ rotation.T + [shift, 3, -shift]
    fit = fit_similarity(POINTS, target)
    np.testing.assert_allclose(fit.rotation, rotation, atol=1e-6)
    np.testing.assert_allclose(fit.scale, scale, rtol=1e-6)
    np.testing.assert_allclose(fit.apply(POINTS), target, atol=1e-5 * max(scale, 1))
    np.testing.assert_allclose(fit.undo(target), POINTS, atol=1e-4)


def test_a_batch_is_fitted_as_each_of_its_members_is_in_the_precision_of_the_points():
    rng = np.random.default_rng(1)
    weights, targets = rng.random(300), (2 * POINTS + rng.normal(0, 5, (4, 300, 3))).astype(np.float32)
    batch = fit_similarity(POINTS, targets, weights)
    undone = batch.undo(targets)
    assert undone.dtype == np.float32 and batch.rotation.shape == (4, 3, 3)
    for k, target in enumerate(targets):
        np.testing.assert_allclose(undone[k], fit_similarity(POINTS, target, weights).undo(target), atol=1e-4)


def test_points_of_no_weight_do_not_count():
    target = POINTS + [1, 2, 3]
    target[:100] += 50
    fit = fit_similarity(POINTS, target, np.r_[np.zeros(100), np.ones(200)])
    np.testing.assert_allclose(fit.translation, [1, 2, 3], atol=1e-9)


@pytest.mark.parametrize("mirrored", [False, True])
def test_flat_points_do_not_change_the_handedness(mirrored):
    flat = POINTS * [1, 1, 1e-9]
    determinant = np.linalg.det(fit_similarity(flat, flat * [1, -1 if mirrored else 1, 1], mirrored=mirrored).rotation)
    assert determinant == pytest.approx(-1 if mirrored else 1)
