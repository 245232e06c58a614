# SPDX-License-Identifier: GPL-3.0-or-later
"""From a crop to what is seen where: an encoder, and feature maps in which fine places know of the whole face."""

from itertools import pairwise

import torch
from torch import Tensor, nn

CHANNELS = (16, 48, 80, 144, 224)  # of the encoder's 64², 32², 16², 8² and 4² maps
RESIDUALS = (1, 2, 2, 1, 1)  # blocks behind the convolutions that lead to them
LEVELS = (32, 32, 48)  # of the 64², 32² and 16² maps that refinement looks features up in
NARROW = 16  # channels within the finest map's last block
TOP = 48
EMBEDDING = 256


class Residual(nn.Module):
    def __init__(self, channels: int, within: int | None = None):
        super().__init__()
        within = within or channels
        self.first, self.second = (
            convolution(channels, within, 3, 1),
            convolution(within, channels, 3, 1, relu=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Pyramid(nn.Module):
    """Crops (B, 3, 128, 128) in [-1, 1] to LEVELS maps, finest first, and an embedding (B, EMBEDDING).

    The way down is a residual network; on the way up each map is joined by the coarser one (Lin et al., CVPR 2017).
    """

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList()
        for (narrow, wide), depth in zip(pairwise((3, *CHANNELS)), RESIDUALS, strict=True):
            blocks = [Residual(wide) for _ in range(depth)]
            self.stages.append(nn.Sequential(convolution(narrow, wide, 3 if self.stages else 5, 2), *blocks))
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS[-1] * 16, EMBEDDING), nn.ReLU())
        self.top = convolution(CHANNELS[-1], TOP, 1, 1)
        wider = (*LEVELS[1:], TOP, TOP)
        self.sideways = nn.ModuleList([nn.Conv2d(c, w, 1) for c, w in zip(CHANNELS, (*LEVELS, TOP), strict=False)])
        self.down = nn.ModuleList([nn.Conv2d(w, c, 1) for c, w in zip((*LEVELS, TOP), wider, strict=True)])
        self.smooth = nn.ModuleList([convolution(c, c, 3, 1) for c in LEVELS])
        self.smooth[0].append(Residual(LEVELS[0], NARROW))  # finer places than a texel of the map

    def forward(self, crops: Tensor) -> tuple[list[Tensor], Tensor]:
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
    """Maps (B, C, S, S), each texel four times; copies of rows of channels, quicker on a CPU than interpolate."""
    rows = maps.permute(0, 2, 3, 1)[:, :, None, :, None].expand(-1, -1, 2, -1, 2, -1)
    return rows.flatten(1, 2).flatten(2, 3).permute(0, 3, 1, 2)


def convolution(narrow: int, wide: int, kernel: int, stride: int, relu: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(narrow, wide, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(wide)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))
