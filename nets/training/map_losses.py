# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses of a network that draws whole maps: PRN's (Feng et al., ECCV 2018, section 3.2), in normalised units."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nets.layout import UVLayout
from nets.networks.drawing import MapDrawing
from nets.networks.resfcn256 import MapOutput
from nets.training.targets import CoarseModel, Truth

WEIGHTS = {"map": 1.0, "face": 0.05, "error": 0.01}


class MapLosses(nn.Module):
    """Against the truth's map, drawn at full size; each texel counts by the layout's weight."""

    def __init__(self, layout: UVLayout, coarse: CoarseModel):
        super().__init__()
        self.drawing = MapDrawing(layout, coarse.size)
        self.register_buffer("mean", coarse.mean)
        self.register_buffer("weights", torch.from_numpy(layout.weights / layout.weights.mean()))
        self.register_buffer("landmarks", torch.from_numpy(layout.landmarks).long())

    def forward(self, output: MapOutput, truth: Truth) -> dict[str, Tensor]:
        """Each part of the loss, weighted; their sum is what training minimises."""
        share = truth.is_face.float() / truth.is_face.float().sum().clamp(min=1)
        target = torch.stack(self.drawing(truth.full - self.mean, truth.pose), 1)
        apart = output.maps - target
        distance = (apart.square().sum(1) + 1e-8).sqrt()
        row, column = self.landmarks.T
        error = apart[:, :2, row, column].detach().norm(dim=1).mean(1).clamp(min=1e-3)
        parts = {
            "map": ((distance * self.weights).mean((1, 2)) * share).sum(),
            "face": functional.binary_cross_entropy_with_logits(output.face, truth.is_face.float()),
            "error": ((output.error - error.log()).abs() * share).sum(),
        }
        return {name: WEIGHTS[name] * value for name, value in parts.items()}
