# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws a coarse canonical shape as a position map at full size: what estimates become, and the truth of whole maps."""

import torch
from torch import Tensor, nn

from nets.enlargement import enlargement
from nets.layout import UVLayout
from nets.networks.composition import MILLIMETRES, Pose


class MapDrawing(nn.Module):
    """A shape of G x G texels moves the layout's mean face of S x S, texel by texel."""

    def __init__(self, layout: UVLayout, coarse: int):
        super().__init__()
        for name, array in enlargement(layout, coarse).items():
            self.register_buffer(name, torch.from_numpy(array))

    def forward(self, moved: Tensor, pose: Pose) -> tuple[Tensor, ...]:
        """moved (B, G*G, 3): how far canonical points are from the mean's -> planes (B, S, S) of x, y and z in
        the pose's units."""
        coarse = self.enlarge.shape[1]
        moved = moved.transpose(1, 2).unflatten(2, (coarse, coarse))
        mean = self.mean.permute(2, 0, 1) / MILLIMETRES
        canonical = (mean + self.enlarge @ moved @ self.enlarge.T).flatten(2)
        bridged = self.bridged.expand(canonical.shape[0], 3, -1)
        canonical = canonical.scatter(2, bridged, canonical.index_select(2, self.piers) @ self.span.T)
        return tuple(plane.unflatten(1, tuple(mean.shape[1:])) for plane in pose.project_planes(canonical))
