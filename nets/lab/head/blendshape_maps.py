# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's blendshapes as maps of the UV layout, by which the motion of a clip is solved."""

from __future__ import annotations

import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.geometry.uv_layout import UVLayout
from nets.topology.arkit import NAMES, blendshape_name
from nets.topology.chart_warp import warp_chart, with_patches
from nets.topology.face_model import FaceModel


def blendshape_maps(model: FaceModel, layout: UVLayout) -> np.ndarray:
    """Return how far each of NAMES at weight 1 moves the texels of a layout with model vertices.

    Returns coarse maps (52, 64, 64, 3) float32, canonical millimetres.
    """
    patches = warp_chart(model).patches

    def coarse(vertices: np.ndarray) -> np.ndarray:
        corners = with_patches(vertices, patches)[layout.model_vertices]
        return np.einsum("rckd,rck->rcd", corners, layout.model_weights)

    neutral = coarse(model.neutral)
    shapes = np.zeros((len(NAMES), COARSE, COARSE, 3), np.float32)
    for name, moved in zip(model.expression_names, model.expression, strict=True):
        shapes[NAMES.index(blendshape_name(name))] += (coarse(model.neutral + moved) - neutral).astype(np.float32)
    return shapes
