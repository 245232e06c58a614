# SPDX-License-Identifier: GPL-3.0-or-later
"""The face detector's network: fully convolutional and anchor-free.

It has most of its channels where OpenCV is fast: in dense 3 x 3 convolutions at a low resolution.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from nets.model.detection.network import BLOCK

OUTPUTS = 6  # channels, see nets.model.detection.network.decode_level
PRIOR = 0.01  # share of the places at which an untrained network expects a face


def convolution(inputs: int, outputs: int, size: int = 3) -> nn.Sequential:
    """Make a convolution with batch normalisation and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


def halving(inputs: int, outputs: int) -> nn.Sequential:
    """Halve the resolution by a depthwise convolution, because OpenCV is slow at dense ones with a stride."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, stride=2, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        convolution(inputs, outputs, 1),
    )


class Residual(nn.Module):
    """A further convolution that leaves its input as it is at first: a trained network can be made deeper with it."""

    def __init__(self, channels: int):
        super().__init__()
        self.change = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))
        nn.init.zeros_(self.change[1].weight)

    def forward(self, features: Tensor) -> Tensor:
        return functional.relu(features + self.change(features))


class DetectorNetwork(nn.Module):
    """The network, from blocks (B, 48, H/4, W/4) in [0, 1] to answers (B, 6, H/8, W/8), for H and W multiples of 16."""

    def __init__(self, blocks: int = 16, fine: int = 32, coarse: int = 64):
        super().__init__()
        self.stem = convolution(3 * BLOCK**2, blocks)
        self.fine = nn.Sequential(halving(blocks, fine), convolution(fine, fine), convolution(fine, fine))
        self.coarse = nn.Sequential(halving(fine, coarse), convolution(coarse, coarse), convolution(coarse, coarse))
        self.deep = nn.Sequential(Residual(coarse), Residual(coarse))
        self.back = nn.Conv2d(coarse, fine, 1)
        self.joined = convolution(fine, fine)
        self.last = Residual(fine)
        self.answer = nn.Conv2d(fine, OUTPUTS, 1)
        with torch.no_grad():
            self.answer.bias[0] = torch.logit(torch.tensor(PRIOR))

    def forward(self, blocks: Tensor) -> Tensor:
        fine = self.fine(self.stem(blocks))
        context = functional.interpolate(self.back(self.deep(self.coarse(fine))), scale_factor=2.0, mode="nearest")
        return self.answer(self.last(self.joined(fine + context)))
