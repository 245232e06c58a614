# SPDX-License-Identifier: GPL-3.0-or-later
"""From a network's output to what engines return: position maps at full size in pixels, confidence and the rest."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from nets.geometry.uv_layout import UVLayout
from nets.model.networks.compact import CompactOutput, Estimate
from nets.model.networks.map_decoder import PositionMapDecoder
from nets.model.networks.resfcn256 import MapOutput


class NetworkOutput(NamedTuple):
    """The tensors of nets.model.engines.Prediction. The names are those of the outputs of ONNX graphs."""

    position_maps: Tensor
    confidence: Tensor
    seen: Tensor
    uncertainty: Tensor
    expression: Tensor
    gaze: Tensor


class ComposedMapNetwork(nn.Module):
    """Turns crops into position maps by a network that predicts shape codes and poses."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network
        self.map_decoder = PositionMapDecoder(layout, round((len(network.decoder.mean) // 3) ** 0.5))

    def forward(self, crops: Tensor) -> NetworkOutput:
        """Predict the faces of crops (B, 3, S, S), RGB in [0, 1]."""
        output, size = self.network(crops), crops.shape[-1]
        return network_output(self.maps_of(output.estimates[-1], size), output, output.refinements[-1].visible, size)

    def maps_of(self, estimate: Estimate, size: int) -> Tensor:
        """Return the position maps (B, 256, 256, 3) of estimates in crops of that many pixels."""
        with torch.autocast(estimate.shape.device.type, enabled=False):  # positions need more digits than half has
            offset = estimate.shape - self.network.decoder.mean.unflatten(0, (-1, 3))
            return self.map_decoder(offset, estimate.pose.in_pixels(size)).permute(0, 2, 3, 1).contiguous()


CorrectedOutput = NamedTuple("CorrectedOutput", [*NetworkOutput.__annotations__.items(), ("code", Tensor)])
CorrectedOutput.__doc__ = """The tensors of nets.model.engines.Prediction of a network that corrects estimates; seen and
uncertainty are empty."""


class CorrectedMapNetwork(ComposedMapNetwork):
    """Turns crops and estimates into the position maps of corrected estimates."""

    def forward(self, crops: Tensor, code: Tensor) -> CorrectedOutput:
        """Correct estimates (B, C) of the faces of crops (B, 3, S, S), RGB in [0, 1]."""
        output = self.network(crops, code)
        nothing = output.code[:, :0]
        return CorrectedOutput(
            self.maps_of(self.network.compose(output.code), crops.shape[-1]),
            confidence(output.face_logit, output.log_error),
            nothing,
            nothing,
            output.expression.clamp(0, 1),
            output.gaze,
            output.code,
        )


class DirectMapNetwork(nn.Module):
    """Turns crops into position maps by a network that predicts the whole map itself."""

    def __init__(self, network: nn.Module, layout: UVLayout):
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> NetworkOutput:
        """Predict the faces of crops (B, 3, S, S), RGB in [0, 1]."""
        output, size = self.network(crops), crops.shape[-1]
        return network_output(in_pixels(*output.maps.unbind(1), size), output, output.visible, size)


def network_output(maps: Tensor, output: CompactOutput | MapOutput, visible: Tensor, size: int) -> NetworkOutput:
    """Convert a network's output to the engines' units; size: of the crop in pixels."""
    return NetworkOutput(
        maps,
        confidence(output.face_logit, output.log_error),
        torch.sigmoid(visible),
        torch.exp(output.log_uncertainty) * (size / 2),
        output.expression.clamp(0, 1),
        output.gaze,
    )


def in_pixels(x: Tensor, y: Tensor, z: Tensor, size: int) -> Tensor:
    """Turn planes (B, 256, 256) in normalised image units into maps (B, 256, 256, 3) in crop pixels."""
    half = size / 2
    return torch.stack([x * half + (half - 0.5), y * half + (half - 0.5), z * half], -1)


def confidence(face_logit: Tensor, log_error: Tensor) -> Tensor:
    """Combine the probability of a face with the expected error, of which 0.06 is a good fit and 0.5 none at all."""
    return torch.sigmoid(face_logit) * torch.exp(-2 * torch.exp(log_error))
