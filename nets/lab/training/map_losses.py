# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses of a network that draws whole maps: PRN's (Feng et al., ECCV 2018, section 3.2), in normalised units."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nets.geometry.uv_layout import UVLayout
from nets.lab.training.losses import WEIGHTS, judgement_losses
from nets.lab.training.targets import CoarseModel, Truth
from nets.model.networks.map_decoder import PositionMapDecoder
from nets.model.networks.resfcn256 import MapOutput


class MapLosses(nn.Module):
    """Compares maps with the truth's map at full size; each texel counts by the layout's weight.

    anchors: (P,) int64, coarse texels at which visibility and uncertainty are predicted
    """

    def __init__(self, layout: UVLayout, coarse: CoarseModel, anchors: Tensor):
        super().__init__()
        self.drawing = PositionMapDecoder(layout, coarse.size)
        self.register_buffer("mean", coarse.mean)
        self.register_buffer("weights", torch.from_numpy(layout.weights / layout.weights.mean()))
        self.register_buffer("landmarks", torch.from_numpy(layout.landmarks).long())
        self.register_buffer("anchors", anchors)
        self.register_buffer("places", torch.from_numpy(coarse.places(anchors)).round().long())

    def forward(self, output: MapOutput, truth: Truth) -> dict[str, Tensor]:
        """Return the weighted parts of the loss, whose sum training minimises."""
        share = truth.is_face.float() / truth.is_face.float().sum().clamp(min=1)
        target = self.drawing(truth.full - self.mean, truth.pose)
        apart = output.maps - target
        at_anchors, at_landmarks = (
            apart[:, :, place[:, 0], place[:, 1]].transpose(1, 2) for place in (self.places, self.landmarks)
        )
        visible = functional.binary_cross_entropy_with_logits(
            output.visible, truth.visible[:, self.anchors], reduction="none"
        )
        parts = {"map": weighted_distance(output.maps, target, self.weights), "visible": visible.mean(1)}
        parts |= judgement_losses(output, truth, at_anchors, at_landmarks)
        weighted = {name: WEIGHTS[name] * (value * share).sum() for name, value in parts.items()}
        face = functional.binary_cross_entropy_with_logits(output.face_logit, truth.is_face.float())
        return weighted | {"face": WEIGHTS["face"] * face}


def weighted_distance(maps: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Return the mean distance (B,) of maps (B, 3, 256, 256) from the true ones, the texels weighted (256, 256)."""
    return (((maps - target).square().sum(1) + 1e-8).sqrt() * weights).mean((1, 2))
