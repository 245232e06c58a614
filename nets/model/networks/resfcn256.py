# SPDX-License-Identifier: GPL-3.0-or-later
"""ResFCN256, PRN's network (Feng et al., ECCV 2018, section 3.3): 256 px in, position map of 256 x 256 out.

An encoder of ten residual blocks down to 8 x 8 x 512, a decoder of 17 transposed convolutions, all 4 x 4. Those of
stride 1 are written as the equal convolutions, which are faster. The judge on the 8 x 8 features is an addition: PRN
does not say how sure it is, what is hidden, nor what the face does.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS

INPUT_SIZE = 256
WIDTH = 16
REACH = 2.0  # a map's range in normalised units: crops leave a part of a head outside, PRN's 1.1 widths would not do
ENCODER = (1, 2, 4, 8, 16, 32)  # channels over WIDTH, a block of stride 2 and one of stride 1 for each step
DECODER = ((32,), (16, 16, 16), (8, 8, 8), (4, 4, 4), (2, 2), (1, 1))  # each group but the first begins with stride 2


@dataclass(frozen=True)
class MapOutput:
    """maps (B, 3, 256, 256): planes of x, y and z in normalised units (the crop from -1 to 1, z towards the viewer,
    zero at the head's origin); the others as in nets.model.networks.compact.Output, visible (B, P) logits of the
    anchors' being in plain view."""

    maps: Tensor
    face: Tensor
    error: Tensor
    visible: Tensor
    spread: Tensor
    expression: Tensor
    gaze: Tensor


class ResidualBlock(nn.Module):
    """Narrow, look round, widen; normalised after the sum."""

    def __init__(self, narrow: int, wide: int, stride: int):
        super().__init__()
        self.shortcut = nn.Conv2d(narrow, wide, 1, stride, bias=False) if stride > 1 else nn.Identity()
        self.body = nn.Sequential(
            *_convolution(narrow, wide // 2, 1),
            *_convolution(wide // 2, wide // 2, 4, stride),
            nn.Conv2d(wide // 2, wide, 1, bias=False),
        )
        self.normalise = nn.BatchNorm2d(wide)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.normalise(self.shortcut(x) + self.body(x)))


class ResFCN256(nn.Module):
    """anchors: how many places of the map the judge speaks of."""

    def __init__(self, anchors: int):
        super().__init__()
        self.judged = (1, 1, anchors, anchors, len(EXPRESSIONS), 4)
        blocks = []
        for narrow, wide in pairwise(ENCODER):
            blocks += [ResidualBlock(WIDTH * narrow, WIDTH * wide, 2), ResidualBlock(WIDTH * wide, WIDTH * wide, 1)]
        self.encoder = nn.Sequential(*_convolution(3, WIDTH, 4), *blocks)
        layers, channels = [], WIDTH * ENCODER[-1]
        for number, group in enumerate(DECODER):
            for index, width in enumerate(group):
                enlarge = number > 0 and index == 0
                layers += _transposed(channels, WIDTH * width, enlarge)
                channels = WIDTH * width
        self.decoder = nn.Sequential(
            *layers, *_transposed(channels, 3), *_transposed(3, 3), nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(3, 3, 4)
        )
        self.judge = nn.Linear(WIDTH * ENCODER[-1], sum(self.judged))

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "ResFCN256":
        """A network for the number of anchors of a saved one's tensors; KeyError if they are another network's."""
        return cls((len(tensors["judge.bias"]) - len(EXPRESSIONS) - 6) // 2)

    def forward(self, crops: Tensor) -> MapOutput:
        """crops (B, 3, 256, 256) RGB in [0, 1]."""
        features = self.encoder(crops)
        maps = (2 * torch.sigmoid(self.decoder(features).float()) - 1) * REACH
        judged = self.judge(features.mean((2, 3))).float().split(self.judged, 1)
        face, error, visible, spread, expression, gaze = judged
        return MapOutput(maps, face[:, 0], error[:, 0], visible, spread, expression, gaze.unflatten(1, (2, 2)))


def _convolution(narrow: int, wide: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """Padded so that size / stride comes out; an even kernel reaches further to the right and down."""
    spare = kernel - stride
    before, after = spare // 2, spare - spare // 2
    pad = [nn.ZeroPad2d((before, after, before, after))] if spare else []
    return [*pad, nn.Conv2d(narrow, wide, kernel, stride, bias=False), nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]


def _transposed(narrow: int, wide: int, enlarge: bool = False) -> list[nn.Module]:
    """A transposed convolution: with stride 2, or as the convolution that equals it, reaching to the left and up."""
    layers = (
        [nn.ConvTranspose2d(narrow, wide, 4, 2, 1, bias=False)]
        if enlarge
        else [nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(narrow, wide, 4, bias=False)]
    )
    return [*layers, nn.BatchNorm2d(wide), nn.ReLU(inplace=True)]
