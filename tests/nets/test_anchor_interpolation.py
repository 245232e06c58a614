# SPDX-License-Identifier: GPL-3.0-or-later
"""What a network says at its anchors reaches every vertex."""

from dataclasses import replace

import numpy as np

from nets.geometry.anchor_interpolation import AnchorInterpolator


def test_values_spread_from_anchors_over_the_surface(egg):
    interpolator = AnchorInterpolator(egg)
    assert np.allclose(interpolator.interpolate(np.full(len(egg.anchors), 3.0)), 3, atol=1e-5)
    values = egg.mean[tuple(egg.anchors.astype(int).T)][:, 0]  # as far to the side as the anchors lie
    interpolated = interpolator.interpolate(values)
    row, column = egg.anchors.astype(int).T
    assert np.abs(interpolated[row, column] - values).max() < 0.1 * np.ptp(values)
    assert values.min() <= interpolated.min()
    assert interpolated.max() <= values.max()


def test_a_network_that_says_nothing_is_not_taken_at_its_word(egg):
    silent = replace(egg, anchors=np.zeros((0, 2), np.float32))
    assert np.isnan(AnchorInterpolator(silent).interpolate(np.zeros(0))).all()
