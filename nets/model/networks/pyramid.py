# SPDX-License-Identifier: GPL-3.0-or-later
"""An encoder, and a feature pyramid whose fine maps know of the whole face."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from nets.model.networks.sizes import Sizes


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
    """Turns crops (B, 3, S, S) in [-1, 1] into maps with sizes.levels channels, finest first, and an embedding.

    The finest map has half the crop's side, each further one half the side of the one before.

    The way down is a residual network; on the way up each map is added to the coarser one (Lin et al., CVPR 2017).
    """

    def __init__(self, sizes: Sizes):
        super().__init__()
        channels, levels, top = sizes.channels, sizes.levels, sizes.top
        self.stages = nn.ModuleList()
        for (before, after), depth in zip(pairwise((3, *channels)), sizes.residuals, strict=True):
            blocks = [Residual(after) for _ in range(depth)]
            self.stages.append(nn.Sequential(ConvBNReLU(before, after, 3 if self.stages else 5, 2), *blocks))
        texels = (sizes.picture >> len(channels)) ** 2  # of the coarsest map
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(channels[-1] * texels, sizes.embedding), nn.ReLU())
        self.top = ConvBNReLU(channels[-1], top, 1, 1)
        wider = (*levels[1:], top, top)
        self.sideways = nn.ModuleList([nn.Conv2d(c, w, 1) for c, w in zip(channels, (*levels, top), strict=False)])
        self.down = nn.ModuleList([nn.Conv2d(w, c, 1) for c, w in zip((*levels, top), wider, strict=True)])
        self.smooth = nn.ModuleList([ConvBNReLU(c, c, 3, 1) for c in levels])
        self.smooth[0].append(Residual(levels[0], sizes.bottleneck))  # to place points more finely than by a texel

    def forward(self, crops: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the maps and the embedding (B, sizes.embedding)."""
        features, maps = crops, []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        embedding = self.embed(features)
        coarser, levels = self.top(features), []
        for k in reversed(range(len(self.sideways))):
            coarser = torch.relu(self.sideways[k](maps[k]) + _doubled(self.down[k](coarser)))
            if k < len(self.smooth):
                coarser = self.smooth[k](coarser)
                levels.insert(0, coarser)
        return levels, embedding


def _doubled(maps: Tensor) -> Tensor:
    """Repeat each texel of maps (B, C, S, S) four times."""
    # Copies of rows of channels are faster on a CPU than interpolate.
    rows = maps.permute(0, 2, 3, 1)[:, :, None, :, None].expand(-1, -1, 2, -1, 2, -1)
    return rows.flatten(1, 2).flatten(2, 3).permute(0, 3, 1, 2)
