# SPDX-License-Identifier: GPL-3.0-or-later
"""One refinement step: features are looked up where the last estimate's points fall, and the estimate is corrected."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.model.networks.composition import PerspectivePose
from nets.model.networks.sampling import look_up
from nets.model.networks.sizes import Sizes

HEADS = 3  # of the self-attention
UNIT = 0.1  # normalised image and canonical units that are 1 in a point's features
DIRECT = 0.03  # scale of the path straight from messages to the change: so many inputs must move in small steps
MAX_GAP = 4  # units: a gap beyond that saturates


@dataclass(frozen=True)
class SurfacePrediction:
    """The surface that the features at N points of the image show: a local PNCC and normal picture.

    canonical: (B, N, 3), canonical coordinates
    normal: (B, N, 3), direction in view space
    """

    canonical: Tensor
    normal: Tensor


@dataclass(frozen=True)
class RefinementState:
    """What one step predicts at the P anchors, in the image.

    points: (B, P, 3), where it looked features up
    offset: (B, P, 3), from there to where it predicts the anchors
    visible: (B, P), logits of the anchors' being in plain view
    """

    points: Tensor
    offset: Tensor
    visible: Tensor


class SelfAttention(nn.Module):
    """Self-attention between the points of a face, to be added to their features (B, N, C).

    The names of the attributes are the keys of saved weights: ask projects to queries, keys and values, answer is the
    output projection, which starts at zero.
    """

    def __init__(self, features: int):
        super().__init__()
        self.ask = nn.Linear(features, 3 * features)
        self.answer = nn.Linear(features, features)
        nn.init.zeros_(self.answer.weight)
        nn.init.zeros_(self.answer.bias)

    def forward(self, points: Tensor) -> Tensor:
        query, key, value = self.ask(points).unflatten(2, (3, HEADS, -1)).permute(0, 2, 3, 1, 4).split(1, 1)
        attention = torch.softmax((query @ key.mT).float() / key.shape[-1] ** 0.5, -1)
        return self.answer((attention.to(value.dtype) @ value)[:, 0].transpose(1, 2).flatten(2))


class Refinement(nn.Module):
    """Corrects a code (B, C) by the features at the anchors' points; every step uses the same weights.

    At each anchor the features predict two things: the offset to where the anchor is, and the surface that is seen.
    The gap is the way from that surface to the anchor's own place, in canonical space and in the image: a better
    estimate has to close it.

    The names of the attributes are the keys of saved weights: read_off predicts the surface, whose is the anchors'
    embedding, exchange the self-attention.
    """

    def __init__(self, sizes: Sizes, anchors: int, code_size: int):
        super().__init__()
        features, local, hidden, messages = sum(sizes.levels), sizes.local, sizes.hidden, anchors * (sizes.message + 12)
        self.read_off = nn.Linear(features, 6)
        self.local = nn.Linear(features + 9, local)
        self.whose = nn.Parameter(torch.randn(anchors, local) * 0.3)
        self.exchange = SelfAttention(local)
        self.message = nn.Linear(local, sizes.message)
        self.visible = nn.Linear(local, 1)
        self.offset = nn.Sequential(nn.Linear(local, local), nn.ReLU(), nn.Linear(local, 3))
        self.gather = nn.Linear(messages, hidden)
        self.context = nn.Linear(sizes.embedding + code_size, hidden)
        self.middle = nn.Linear(hidden, hidden)
        self.change = nn.Linear(hidden, code_size)
        self.direct = nn.Linear(messages, code_size, bias=False)
        nn.init.normal_(self.change.weight, std=0.003)
        for zero in (self.change.bias, self.direct.weight):
            nn.init.zeros_(zero)

    def forward(
        self,
        levels: list[Tensor],
        pose: PerspectivePose,
        shape: Tensor,
        points: Tensor,
        embedding: Tensor,
        code: Tensor,
    ) -> tuple[Tensor, Tensor, RefinementState]:
        """Return the step's features (B, sizes.hidden), the code's change (B, C) and the step's state.

        levels: the pyramid's maps (B, S, S, C)
        shape, points: (B, P, 3), the anchors in canonical space and in the image
        """
        features = look_up(levels, points[..., :2])
        surface = self.read(features)
        with torch.autocast(points.device.type, enabled=False):
            gaps = torch.cat([surface.canonical - shape, points - pose.project(surface.canonical)], 2)
            gaps = torch.tanh(gaps / (UNIT * MAX_GAP)) * MAX_GAP
        local = self.local(torch.cat([features, gaps, surface.normal], 2))
        local = torch.relu(local + self.whose)
        local = local + self.exchange(local)
        visible, offset = self.visible(local).float(), self.offset(local).float()
        with torch.autocast(points.device.type, enabled=False):
            turned = pose.unproject_offset(offset)
        moves = torch.cat([gaps, offset, turned], 2) * torch.sigmoid(visible)
        messages = torch.cat([torch.relu(self.message(local)), moves], 2).flatten(1)
        context = self.context(torch.cat([embedding, code.to(embedding.dtype)], 1))
        hidden = torch.relu(self.gather(messages) + context)
        hidden = torch.relu(self.middle(hidden))
        change = (self.change(hidden) + self.direct(messages) * DIRECT).float()
        return hidden, change, RefinementState(points, offset * UNIT, visible[..., 0])

    def read(self, features: Tensor) -> SurfacePrediction:
        """Predict the surface from features (B, N, sum of sizes.levels) that were looked up at points."""
        with torch.autocast(features.device.type, enabled=False):
            canonical, normal = self.read_off(features.float()).split(3, 2)
        return SurfacePrediction(canonical, normal)
