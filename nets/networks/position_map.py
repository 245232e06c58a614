# SPDX-License-Identifier: GPL-3.0-or-later
"""A network's last estimate as a position map at full size."""

import torch
from torch import Tensor, nn

from nets.enlargement import enlargement
from nets.layout import UVLayout
from nets.networks.compact import Estimate
from nets.networks.composition import MILLIMETRES


class PositionMapNetwork(nn.Module):
    """Crops in, position maps out: the network's coarse shape moves the layout's mean face, texel by texel."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network
        coarse = round((len(network.decoder.mean) // 3) ** 0.5)
        for name, array in enlargement(layout, coarse).items():
            self.register_buffer(name, torch.from_numpy(array))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """crops (B, 3, S, S) RGB in [0, 1] -> position maps (B, 256, 256, 3) in crop pixels, confidence (B,) in 0-1."""
        output = self.network(crops)
        with torch.autocast(crops.device.type, enabled=False):  # positions need more digits than half precision has
            maps = self._draw(output.estimates[-1], crops.shape[-1])
        likely_error = torch.exp(output.error)  # 0.06 is a good fit, 0.5 none at all
        return maps, torch.sigmoid(output.face) * torch.exp(-2 * likely_error)

    def _draw(self, estimate: Estimate, size: int) -> Tensor:
        moved = estimate.neutral + estimate.offset - self.network.decoder.mean.unflatten(0, (-1, 3))
        coarse = self.enlarge.shape[1]
        moved = moved.transpose(1, 2).unflatten(2, (coarse, coarse))
        mean = self.mean.permute(2, 0, 1) / MILLIMETRES
        canonical = (mean + self.enlarge @ moved @ self.enlarge.T).flatten(2)
        bridged = self.bridged.expand(canonical.shape[0], 3, -1)
        canonical = canonical.scatter(2, bridged, canonical[:, :, self.piers] @ self.span.T)
        x, y, z = estimate.pose.project_planes(canonical)
        half = size / 2
        points = torch.stack([x * half + (half - 0.5), y * half + (half - 0.5), z * half], 2)
        return points.unflatten(1, tuple(mean.shape[1:]))
