# SPDX-License-Identifier: GPL-3.0-or-later
"""A network's output as what engines hand on: a position map at full size, in pixels, and how sure it is."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from nets.geometry.uv_layout import UVLayout
from nets.model.networks.compact import Output
from nets.model.networks.map_decoder import MapDrawing
from nets.model.networks.resfcn256 import MapOutput


class Sight(NamedTuple):
    """See nets.model.engines.Prediction."""

    position_maps: Tensor
    confidence: Tensor
    seen: Tensor
    uncertainty: Tensor
    expression: Tensor
    gaze: Tensor


class ComposedMapNetwork(nn.Module):
    """Crops in, position maps out, by a network whose estimates are shapes and poses."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network
        self.drawing = MapDrawing(layout, round((len(network.decoder.mean) // 3) ** 0.5))

    def forward(self, crops: Tensor) -> Sight:
        """crops (B, 3, S, S) RGB in [0, 1]."""
        output, size = self.network(crops), crops.shape[-1]
        last = output.estimates[-1]
        with torch.autocast(crops.device.type, enabled=False):  # positions need more digits than half precision has
            moved = last.shape - self.network.decoder.mean.unflatten(0, (-1, 3))
            maps = self.drawing(moved, last.pose.in_pixels(size)).permute(0, 2, 3, 1).contiguous()
        return sight(maps, output, output.looks[-1].visible, size)


class DirectMapNetwork(nn.Module):
    """The same, by a network that draws the whole map itself."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> Sight:
        output, size = self.network(crops), crops.shape[-1]
        return sight(in_pixels(*output.maps.unbind(1), size), output, output.visible, size)


def sight(maps: Tensor, output: Output | MapOutput, visible: Tensor, size: int) -> Sight:
    """A network's output in the engines' units; size: of the crop in pixels."""
    return Sight(
        maps,
        confidence(output.face, output.error),
        torch.sigmoid(visible),
        torch.exp(output.spread) * (size / 2),
        output.expression.clamp(0, 1),
        output.gaze,
    )


def in_pixels(x: Tensor, y: Tensor, z: Tensor, size: int) -> Tensor:
    """Planes (B, 256, 256) in normalised image units -> maps (B, 256, 256, 3) in pixels of a crop of that size."""
    half = size / 2
    return torch.stack([x * half + (half - 0.5), y * half + (half - 0.5), z * half], -1)


def confidence(face: Tensor, error: Tensor) -> Tensor:
    """From the logit of there being a face and the log of the expected error: 0.06 is a good fit, 0.5 none at all."""
    return torch.sigmoid(face) * torch.exp(-2 * torch.exp(error))
