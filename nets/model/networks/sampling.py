# SPDX-License-Identifier: GPL-3.0-or-later
"""Features looked up between the texels of maps."""

import torch
from torch import Tensor, nn


def look_up(levels: list[Tensor], points: Tensor) -> Tensor:
    """Look features (B, N, sum of C) up in square maps (B, S, S, C), bilinear.

    points: (B, N, 2), normalised image units
    """
    # Gathering rows of many channels is faster on a CPU than grid_sample, which Acting uses for three; the arithmetic
    # is faster with the points last.
    points = points.mT.float()[:, None]  # half precision would round places to a quarter of a pixel
    sizes = points.new_tensor([level.shape[1] for level in levels])[:, None, None]
    corners = points.new_tensor([[0, 1, 0, 1], [0, 0, 1, 1]])[..., None]  # of a square of texels (2, 4, 1)
    place = torch.minimum((points * (sizes / 2) + (sizes / 2 - 0.5)).clamp(min=0), sizes - 1)
    first = torch.minimum(place.floor(), sizes - 2)  # (B, L, 2, N)
    across, down = ((place - first)[:, :, :, None] * (2 * corners - 1) + (1 - corners)).split(1, 2)
    shares = (across * down)[:, :, 0, ..., None].split(1, 1)  # of each level's corners (B, 1, 4, N, 1)
    strides = torch.cat([torch.ones_like(sizes), sizes], 1)  # (L, 2, 1)
    steps = (strides[:, :, None] * corners).sum(1)  # (L, 4, 1)
    images = torch.arange(points.shape[0], device=points.device)[:, None, None, None] * sizes.square().long()
    rows = (((first * strides).sum(2, keepdim=True) + steps).long() + images).split(1, 1)  # (B, 1, 4, N)
    found = [
        (nn.functional.embedding(row, level.flatten(0, 2)) * share).sum(2)
        for row, share, level in zip(rows, shares, levels, strict=True)
    ]
    return torch.cat(found, 3)[:, 0]
