# SPDX-License-Identifier: GPL-3.0-or-later
"""ResFCN256, PRN's network (Feng et al., ECCV 2018, section 3.3): 256 px in, position map of 256 x 256 out.

It has an encoder of ten residual blocks down to 8 x 8 x 512 and a decoder of 17 transposed convolutions, all 4 x 4.
Those of stride 1 are written as the equal convolutions, which are faster. The head on the 8 x 8 features is an
addition: PRN predicts neither confidence nor visibility nor expression.

The project ships no weights for this network: what it has learned here so far is in the model card. `python -m nets
train --network resfcn256` trains it from synthetic people in pictures of 320 pixels, or with
`--pairs` from pairs of photos and position maps; `import-prn` reads PRN's own.
This is the one place that says so: nothing else depends on weights being there.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS

INPUT_SIZE = 256
WIDTH = 16
# A map's values in normalised units are -MAP_RANGE[0] to MAP_RANGE[0], plus MAP_RANGE[1]: crops leave a part of a head
# outside. PRN's are 0 to 1.1 widths of the crop.
MAP_RANGE = 2.0, 0.0
ENCODER = (1, 2, 4, 8, 16, 32)  # channels over WIDTH, a block of stride 2 and one of stride 1 for each step
DECODER = ((32,), (16, 16, 16), (8, 8, 8), (4, 4, 4), (2, 2), (1, 1))  # each group but the first begins with stride 2


@dataclass(frozen=True)
class MapOutput:
    """What the network predicts for B crops. The other fields are as in nets.model.networks.compact.CompactOutput.

    maps: (B, 3, 256, 256), planes of x, y and z in normalised units: the crop from -1 to 1, z towards the viewer and
        zero at the head's origin
    visible: (B, P), logits of the anchors' being in plain view
    """

    maps: Tensor
    face_logit: Tensor
    log_error: Tensor
    visible: Tensor
    log_uncertainty: Tensor
    expression: Tensor
    gaze: Tensor


class ResidualBlock(nn.Module):
    """A bottleneck of half the channels with a shortcut around it; batch normalisation comes after the sum."""

    def __init__(self, in_channels: int, out_channels: int, stride: int):
        super().__init__()
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False) if stride > 1 else nn.Identity()
        half = out_channels // 2
        self.body = nn.Sequential(
            *_convolution(in_channels, half, 1),
            *_convolution(half, half, 4, stride),
            nn.Conv2d(half, out_channels, 1, bias=False),
        )
        self.normalise = nn.BatchNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.normalise(self.shortcut(x) + self.body(x)))


class ResFCN256(nn.Module):
    """The network; anchors: at how many places of the map visibility and uncertainty are predicted."""

    def __init__(self, anchors: int):
        super().__init__()
        self.head_sizes = (1, 1, anchors, anchors, len(EXPRESSIONS), 4)
        blocks = []
        for before, after in pairwise(ENCODER):
            blocks += [ResidualBlock(WIDTH * before, WIDTH * after, 2), ResidualBlock(WIDTH * after, WIDTH * after, 1)]
        self.encoder = nn.Sequential(*_convolution(3, WIDTH, 4), *blocks)
        layers, channels = [], WIDTH * ENCODER[-1]
        for number, group in enumerate(DECODER):
            for index, width in enumerate(group):
                upsample = number > 0 and index == 0
                layers += _transposed(channels, WIDTH * width, upsample)
                channels = WIDTH * width
        self.decoder = nn.Sequential(
            *layers, *_transposed(channels, 3), *_transposed(3, 3), nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(3, 3, 4)
        )
        self.register_buffer("map_range", torch.tensor(MAP_RANGE))
        # judge is a key of saved weights
        self.judge = nn.Linear(WIDTH * ENCODER[-1], sum(self.head_sizes))

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "ResFCN256":
        """Make a network of the sizes of saved tensors. Raises KeyError if they are another network's."""
        return cls((len(tensors["judge.bias"]) - len(EXPRESSIONS) - 6) // 2)

    def forward(self, crops: Tensor) -> MapOutput:
        """Predict the faces of crops (B, 3, 256, 256), RGB in [0, 1]."""
        features = self.encoder(crops)
        reach, offset = self.map_range
        maps = (2 * torch.sigmoid(self.decoder(features).float()) - 1) * reach + offset
        parts = self.judge(features.mean((2, 3))).float().split(self.head_sizes, 1)
        face_logit, log_error, visible, log_uncertainty, expression, gaze = parts
        return MapOutput(
            maps,
            face_logit[:, 0],
            log_error[:, 0],
            visible,
            log_uncertainty,
            expression,
            gaze.unflatten(1, (2, 2)),
        )


def _convolution(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> list[nn.Module]:
    """Return a convolution padded to size / stride; an even kernel reaches further to the right and down."""
    spare = kernel - stride
    before, after = spare // 2, spare - spare // 2
    pad = [nn.ZeroPad2d((before, after, before, after))] if spare else []
    return [
        *pad,
        nn.Conv2d(in_channels, out_channels, kernel, stride, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    ]


def _transposed(in_channels: int, out_channels: int, upsample: bool = False) -> list[nn.Module]:
    """Return a transposed convolution: of stride 2, or as the equal convolution, which reaches to the left and up."""
    layers = (
        [nn.ConvTranspose2d(in_channels, out_channels, 4, 2, 1, bias=False)]
        if upsample
        else [nn.ZeroPad2d((2, 1, 2, 1)), nn.Conv2d(in_channels, out_channels, 4, bias=False)]
    )
    return [*layers, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]
