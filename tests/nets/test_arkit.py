# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's blendshapes as coarse maps of the layout, which users' workers have without the face model."""

import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.topology.arkit import NAMES, blendshape_name
from nets.topology.own_head import EXPRESSION_STEP, load_blendshapes


def test_blendshapes_are_the_chart_s_own(ict_face_model, ict_chart):
    model = ict_face_model

    def coarse(vertices: np.ndarray) -> np.ndarray:
        return ict_chart.coarse.gather(ict_chart.extend(vertices))

    expected = np.zeros((len(NAMES), COARSE, COARSE, 3), np.float32)
    for name, moved in zip(model.expression_names, model.expression, strict=True):
        expected[NAMES.index(blendshape_name(name))] += coarse(model.neutral + moved) - coarse(model.neutral)
    np.testing.assert_allclose(load_blendshapes(), expected, atol=0.6 * EXPRESSION_STEP)
    assert np.abs(expected).max() > 5  # millimetres
