# SPDX-License-Identifier: GPL-3.0-or-later
"""From a coarse canonical shape and a pose to the position map at full size."""

import torch
from torch import Tensor, nn

from nets.geometry.upsampling import upsampling_arrays
from nets.geometry.uv_layout import UVLayout
from nets.model.networks.composition import PerspectivePose
from nets.model.networks.shape_codes import MILLIMETRES


class PositionMapDecoder(nn.Module):
    """Moves the layout's mean face of S x S texels by a coarse offset of G x G texels, and projects it.

    Its buffers are the arrays of upsampling_arrays, which every engine gets from the layout.
    """

    def __init__(self, layout: UVLayout, coarse: int):
        super().__init__()
        for name, array in upsampling_arrays(layout, coarse).items():
            self.register_buffer(name, torch.from_numpy(array))

    def forward(self, offset: Tensor, pose: PerspectivePose) -> Tensor:
        """Return planes (B, 3, S, S) of x, y and z in the pose's units.

        offset: (B, G*G, 3), canonical points less the mean's
        """
        size, coarse = self.upsample.shape
        projection = pose.projection()  # first of all, because everything before the division is linear
        mean = projection @ (self.mean.flatten(0, 1).T / MILLIMETRES)
        across = (projection @ offset.mT).unflatten(2, (coarse, coarse)) @ self.upsample.T
        bands = across.index_select(2, self.band_rows).unflatten(2, (self.row_bands.shape[0], -1))
        projected = mean + (self.row_bands @ bands).flatten(2)
        filled = self.filled.expand(projected.shape[0], 3, -1)
        projected = projected.scatter(2, filled, projected.index_select(2, self.boundary) @ self.fill_matrix.T)
        return pose.divide(projected).unflatten(2, (size, size))
