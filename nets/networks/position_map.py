# SPDX-License-Identifier: GPL-3.0-or-later
"""A network's last estimate as a position map at full size."""

import numpy as np
import torch
from torch import Tensor, nn

from nets.layout import Bridge, UVLayout
from nets.networks.composition import MILLIMETRES


class PositionMapNetwork(nn.Module):
    """Crops in, position maps out: the network's coarse shape moves the layout's mean face, texel by texel."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.from_numpy(layout.mean / MILLIMETRES).permute(2, 0, 1).contiguous())
        coarse = round((len(network.decoder.mean) // 3) ** 0.5)
        self.register_buffer("enlarge", _bicubic(coarse, len(layout.mean)))
        bridge = Bridge(layout.bridged)
        self.register_buffer("span", torch.from_numpy(bridge.matrix))
        self.register_buffer("piers", torch.from_numpy(np.ravel_multi_index(bridge.piers, layout.bridged.shape)))
        self.register_buffer("bridged", torch.from_numpy(np.flatnonzero(layout.bridged)))

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """crops (B, 3, S, S) RGB in [0, 1] -> position maps (B, 256, 256, 3) in crop pixels, confidence (B,) in 0-1."""
        output = self.network(crops)
        last = output.estimates[-1]
        moved = last.neutral + last.offset - self.network.decoder.mean.unflatten(0, (-1, 3))
        coarse = self.enlarge.shape[1]
        moved = moved.unflatten(1, (coarse, coarse)).permute(0, 3, 1, 2)
        canonical = self.mean + self.enlarge @ moved @ self.enlarge.T
        canonical = canonical.flatten(2)
        canonical[:, :, self.bridged] = canonical[:, :, self.piers] @ self.span.T
        points = last.pose.project(canonical.transpose(1, 2))
        half = crops.shape[-1] / 2
        shift = points.new_tensor([half - 0.5, half - 0.5, 0])
        maps = (points * half + shift).unflatten(1, tuple(self.mean.shape[1:]))
        likely_error = torch.exp(output.error)  # 0.06 is a good fit, 0.5 none at all
        return maps, torch.sigmoid(output.face) * torch.exp(-2 * likely_error)


def _bicubic(small: int, large: int) -> Tensor:
    """Bicubic enlargement as a matrix (large, small), for rows and columns: several times faster than the filter."""
    identity = torch.eye(small)[None, None]
    return nn.functional.interpolate(identity, (large, small), mode="bicubic", align_corners=False)[0, 0]
