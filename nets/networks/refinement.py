# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of looking and correcting: what is seen where the last estimate's points fall, and what follows from it."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.networks.composition import Pose
from nets.networks.pyramid import EMBEDDING, LEVELS

LOCAL, MESSAGE, HIDDEN = 48, 16, 256
HEADS = 3
SHIFT_UNIT, GAP_UNIT = 0.1, 0.1  # normalised image and canonical units of what a point's features are told as 1
DIRECT = 0.03  # scale of what goes straight from messages to the change: so many inputs must move in small steps
FARTHEST = 4  # units: readings farther off say no more than that


@dataclass(frozen=True)
class Reading:
    """What the features at some points (B, N) say of the surface seen there: canonical (B, N, 3), its canonical
    coordinates, and normal (B, N, 3), its direction in view space: local estimates of the iterative system's PNCC and
    normal pictures."""

    canonical: Tensor
    normal: Tensor


@dataclass(frozen=True)
class Look:
    """What one step saw at the anchors, in the image: points (B, P, 3) where it looked, offset (B, P, 3) from there to
    where it takes them to be, visible (B, P) logits of their being in plain view."""

    points: Tensor
    offset: Tensor
    visible: Tensor


class Exchange(nn.Module):
    """What points (B, N, LOCAL) learn from each other, to be added to what they know: self-attention, silent before
    training."""

    def __init__(self):
        super().__init__()
        self.ask = nn.Linear(LOCAL, 3 * LOCAL)
        self.answer = nn.Linear(LOCAL, LOCAL)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, points: Tensor) -> Tensor:
        query, key, value = self.ask(points).unflatten(2, (3, HEADS, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        attention = torch.softmax((query @ key.mT).float() / key.shape[-1] ** 0.5, -1)
        return self.answer((attention.to(value.dtype) @ value).transpose(1, 2).flatten(2))


class Refinement(nn.Module):
    """Corrects a code (B, C) by what is seen at anchors' points; the same weights serve every step.

    At each anchor the features tell where the anchor is from here (offset), and they are read as a place on the
    surface, whose way from the anchor's own place, in canonical space and in the picture, is what a better estimate
    has to close (gap).
    """

    def __init__(self, anchors: int, code_size: int):
        super().__init__()
        self.read_off = nn.Linear(sum(LEVELS), 6)
        self.local = nn.Linear(sum(LEVELS) + 9, LOCAL)
        self.whose = nn.Parameter(torch.randn(anchors, LOCAL) * 0.3)
        self.exchange = Exchange()
        self.message = nn.Linear(LOCAL, MESSAGE)
        self.visible = nn.Linear(LOCAL, 1)
        self.offset = nn.Sequential(nn.Linear(LOCAL, LOCAL), nn.ReLU(), nn.Linear(LOCAL, 3))
        self.gather = nn.Linear(anchors * (MESSAGE + 12), HIDDEN)
        self.context = nn.Linear(EMBEDDING + code_size, HIDDEN)
        self.middle = nn.Linear(HIDDEN, HIDDEN)
        self.change = nn.Linear(HIDDEN, code_size)
        self.direct = nn.Linear(anchors * (MESSAGE + 12), code_size, bias=False)
        nn.init.normal_(self.change.weight, std=0.003)
        for zero in (self.change.bias, self.direct.weight):
            nn.init.zeros_(zero)

    def forward(
        self, levels: list[Tensor], pose: Pose, shape: Tensor, points: Tensor, embedding: Tensor, code: Tensor
    ) -> tuple[Tensor, Tensor, Look]:
        """shape and points (B, P, 3): the anchors, canonical and in the picture -> hidden (B, HIDDEN), the code's
        change (B, C), and what was seen."""
        features = look_up(levels, points[..., :2])
        reading = self.read(features)
        with torch.autocast(points.device.type, enabled=False):
            gap = (reading.canonical - shape) / GAP_UNIT
            shift = (points - pose.project(reading.canonical)) / SHIFT_UNIT
            gaps = torch.tanh(torch.cat([gap, shift], 2) / FARTHEST) * FARTHEST
        local = self.local(torch.cat([features, gaps, reading.normal], 2))
        local = torch.relu(local + self.whose)
        local = local + self.exchange(local)
        visible, offset = self.visible(local).float(), self.offset(local).float() * SHIFT_UNIT
        with torch.autocast(points.device.type, enabled=False):
            turned = pose.unproject_offset(offset)
        moves = torch.cat([gaps, offset / SHIFT_UNIT, turned / GAP_UNIT], 2) * torch.sigmoid(visible)
        messages = torch.cat([torch.relu(self.message(local)), moves], 2).flatten(1)
        context = self.context(torch.cat([embedding, code.to(embedding.dtype)], 1))
        hidden = torch.relu(self.gather(messages) + context)
        hidden = torch.relu(self.middle(hidden))
        change = (self.change(hidden) + self.direct(messages * DIRECT)).float()
        return hidden, change, Look(points, offset, visible[..., 0])

    def read(self, features: Tensor) -> Reading:
        """features (B, N, sum of LEVELS) looked up at points."""
        with torch.autocast(features.device.type, enabled=False):
            canonical, normal = self.read_off(features.float()).split(3, 2)
        return Reading(canonical, normal)


def look_up(levels: list[Tensor], points: Tensor) -> Tensor:
    """Features (B, N, sum of C), bilinear, of square maps (B, S, S, C) f4 at points (B, N, 2) in normalised image
    units. Gathering rows of channels is quicker on a CPU than grid_sample."""
    sides = [level.shape[1] for level in levels]
    sizes = points.new_tensor(sides, dtype=torch.float32)[:, None]
    points = points.float()[:, :, None]  # half precision would round places to a quarter of a pixel
    place = torch.minimum(((points + 1) * (sizes / 2) - 0.5).clamp(min=0), sizes - 1)
    corner = torch.minimum(place.floor(), sizes - 2)  # (B, N, L, 2)
    share = place - corner
    across, down = torch.stack([1 - share, share], 4).unbind(3)
    shares = (down[..., None] * across[..., None, :]).flatten(3)
    first = (corner * torch.cat([torch.ones_like(sizes), sizes], 1)).sum(3, keepdim=True)
    image = torch.arange(points.shape[0], device=points.device)[:, None, None, None]
    steps = torch.tensor([[[0, 1, side, side + 1]] for side in sides], device=points.device)[:, 0]
    rows = first.long() + steps + image * sizes.square().long()
    found = []
    for k, level in enumerate(levels):
        corners = level.flatten(0, 2).index_select(0, rows[:, :, k].flatten()).unflatten(0, (-1, points.shape[1], 4))
        found.append((corners * shares[:, :, k, :, None]).sum(2))
    return torch.cat(found, 2)
