# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a coarse canonical shape as a position map at full size: what estimates become, and the truth of whole maps."""

import torch
from torch import Tensor, nn

from nets.geometry.upsampling import enlargement
from nets.geometry.uv_layout import UVLayout
from nets.model.networks.composition import Pose
from nets.model.networks.shape_codes import MILLIMETRES


class MapDrawing(nn.Module):
    """A shape of G x G texels moves the layout's mean face of S x S, texel by texel."""

    def __init__(self, layout: UVLayout, coarse: int):
        super().__init__()
        for name, array in enlargement(layout, coarse).items():
            self.register_buffer(name, torch.from_numpy(array))

    def forward(self, moved: Tensor, pose: Pose) -> Tensor:
        """moved (B, G*G, 3): how far canonical points are from the mean's -> planes (B, 3, S, S) of x, y and z in
        the pose's units."""
        size, coarse = self.enlarge.shape
        projection = pose.projection()  # at once: what follows is linear until the division
        mean = projection @ (self.mean.flatten(0, 1).T / MILLIMETRES)
        across = (projection @ moved.mT).unflatten(2, (coarse, coarse)) @ self.enlarge.T
        bands = across.index_select(2, self.rows).unflatten(2, (self.bands.shape[0], -1))
        projected = mean + (self.bands @ bands).flatten(2)
        bridged = self.bridged.expand(projected.shape[0], 3, -1)
        projected = projected.scatter(2, bridged, projected.index_select(2, self.piers) @ self.span.T)
        return pose.divide(projected).unflatten(2, (size, size))
