# SPDX-License-Identifier: GPL-3.0-or-later
"""An encoder, and a feature pyramid whose fine maps know of the whole face."""

from itertools import pairwise

import torch
from torch import Tensor, nn

CHANNELS = (16, 48, 80, 144, 224)  # of the encoder's 64², 32², 16², 8² and 4² maps
RESIDUALS = (1, 2, 2, 1, 1)  # residual blocks after the convolutions that lead to these maps
LEVELS = (32, 32, 48)  # channels of the 64², 32² and 16² maps in which refinement looks features up
BOTTLENECK = 16  # channels within the finest map's last block
TOP = 48  # channels of the pyramid's coarser maps
EMBEDDING = 256


class ConvBNReLU(nn.Sequential):
    """A padded convolution without a bias, batch normalisation and, unless left out, ReLU."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, stride: int, relu: bool = True):
        convolution = nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False)
        super().__init__(convolution, nn.BatchNorm2d(out_channels), *([nn.ReLU(inplace=True)] if relu else []))


class Residual(nn.Module):
    """Two convolutions with `within` channels between them, and a shortcut around them."""

    def __init__(self, channels: int, within: int | None = None):
        super().__init__()
        within = within or channels
        self.first = ConvBNReLU(channels, within, 3, 1)
        self.second = ConvBNReLU(within, channels, 3, 1, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Pyramid(nn.Module):
    """Turns crops (B, 3, 128, 128) in [-1, 1] into maps with LEVELS channels, finest first, and an embedding.

    The way down is a residual network; on the way up each map is added to the coarser one (Lin et al., CVPR 2017).
    """

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList()
        for (before, after), depth in zip(pairwise((3, *CHANNELS)), RESIDUALS, strict=True):
            blocks = [Residual(after) for _ in range(depth)]
            self.stages.append(nn.Sequential(ConvBNReLU(before, after, 3 if self.stages else 5, 2), *blocks))
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS[-1] * 16, EMBEDDING), nn.ReLU())
        self.top = ConvBNReLU(CHANNELS[-1], TOP, 1, 1)
        wider = (*LEVELS[1:], TOP, TOP)
        self.sideways = nn.ModuleList([nn.Conv2d(c, w, 1) for c, w in zip(CHANNELS, (*LEVELS, TOP), strict=False)])
        self.down = nn.ModuleList([nn.Conv2d(w, c, 1) for c, w in zip((*LEVELS, TOP), wider, strict=True)])
        self.smooth = nn.ModuleList([ConvBNReLU(c, c, 3, 1) for c in LEVELS])
        self.smooth[0].append(Residual(LEVELS[0], BOTTLENECK))  # to place points more finely than by a texel

    def forward(self, crops: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the maps and the embedding (B, EMBEDDING)."""
        features, maps = crops, []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        embedding = self.embed(features)
        coarser, levels = self.top(features), []
        for k in reversed(range(len(self.sideways))):
            coarser = torch.relu(self.sideways[k](maps[k]) + _doubled(self.down[k](coarser)))
            if k < len(LEVELS):
                coarser = self.smooth[k](coarser)
                levels.insert(0, coarser)
        return levels, embedding


def _doubled(maps: Tensor) -> Tensor:
    """Repeat each texel of maps (B, C, S, S) four times."""
    # Copies of rows of channels are faster on a CPU than interpolate.
    rows = maps.permute(0, 2, 3, 1)[:, :, None, :, None].expand(-1, -1, 2, -1, 2, -1)
    return rows.flatten(1, 2).flatten(2, 3).permute(0, 3, 1, 2)
