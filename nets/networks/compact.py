# SPDX-License-Identifier: GPL-3.0-or-later
"""The compact network: 128 px in, about 120 M multiply-adds.

A residual encoder gives a first pose and shape; refinement steps then look features up where points of that shape fall
in the picture and correct it, the learned counterpart of a render-and-correct loop (Richardson et al., 3DV 2016).
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn

from nets.networks.composition import POSE_SIZE, Pose, ShapeDecoder, decode_pose

INPUT_SIZE = 128
CHANNELS = (16, 40, 80, 144, 224)
LOOKED_UP = (8, 16, 16)  # channels looked up in the 64², 32² and 16² feature maps
HIDDEN = 256


@dataclass(frozen=True)
class Estimate:
    """One estimate: pose, canonical neutral shape and expression offset (B, G*G, 3), points in the image (B, G*G,
    3)."""

    pose: Pose
    neutral: Tensor
    offset: Tensor
    points: Tensor


@dataclass(frozen=True)
class Output:
    """estimates: first to last in training, the last one else; face (B,) logit of there being a face; error (B,) log of
    the expected landmark error in normalised units."""

    estimates: list[Estimate]
    face: Tensor
    error: Tensor


class Residual(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.first, self.second = (
            _convolution(channels, channels, 3, 1),
            _convolution(channels, channels, 3, 1, relu=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(x + self.second(self.first(x)))


class Compact(nn.Module):
    """decoder: the shape bases; anchors (P,): indices of the coarse texels at which features are looked up."""

    def __init__(self, decoder: ShapeDecoder, anchors: Tensor, steps: int = 2):
        super().__init__()
        self.decoder = decoder
        self.register_buffer("anchors", anchors)
        identity_size, expression_size = len(decoder.identity), len(decoder.expression)
        self._sizes = (POSE_SIZE, identity_size, expression_size)
        code_size = sum(self._sizes)
        self.stages = nn.ModuleList([_convolution(3, CHANNELS[0], 5, 2)])
        for narrow, wide in pairwise(CHANNELS):
            self.stages.append(nn.Sequential(_convolution(narrow, wide, 3, 2), Residual(wide)))
        self.embed = nn.Sequential(nn.Flatten(), nn.Linear(CHANNELS[-1] * 16, HIDDEN), nn.ReLU())
        self.first = nn.Linear(HIDDEN, code_size)
        self.lookup = nn.ModuleList([nn.Conv2d(c, k, 1) for c, k in zip(CHANNELS, LOOKED_UP, strict=False)])
        looked_up = len(anchors) * sum(LOOKED_UP)
        self.steps = nn.ModuleList([RefinementStep(looked_up, code_size) for _ in range(steps)])
        self.judge = nn.Linear(2 * HIDDEN, 2)
        for layer in (self.first, self.judge):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "Compact":
        """A network for the sizes of a saved one's tensors; KeyError if they are another network's."""
        mean, identity, expression = (tensors[f"decoder.{name}"] for name in ("mean", "identity", "expression"))
        decoder = ShapeDecoder(*map(torch.zeros_like, (mean, identity, expression)))
        steps = 1 + max((int(name.split(".")[1]) for name in tensors if name.startswith("steps.")), default=-1)
        return cls(decoder, tensors["anchors"].clone(), steps)

    def forward(self, crops: Tensor) -> Output:
        """crops (B, 3, 128, 128) RGB in [0, 1]."""
        features, maps = crops * 2 - 1, []
        for stage in self.stages:
            features = stage(features)
            maps.append(features)
        embedding = self.embed(features)
        maps = [lookup(map_) for lookup, map_ in zip(self.lookup, maps, strict=False)]
        code = self.first(embedding).float()
        codes, hidden = [code], embedding
        anchors = self.decoder.at(self.anchors)
        for step in self.steps:
            code = code.detach()
            points = self._anchor_points(code, anchors)
            looked_up = torch.cat([_look_up(map_, points) for map_ in maps], 1)
            hidden, change = step(looked_up.flatten(1), embedding, code)
            code = code + change.float()
            codes.append(code)
        face, error = self.judge(torch.cat([embedding, hidden], 1)).float().unbind(1)
        return Output([self._compose(code) for code in (codes if self.training else codes[-1:])], face, error)

    def _compose(self, code: Tensor) -> Estimate:
        with torch.autocast(code.device.type, enabled=False):  # positions need more digits than half precision has
            pose_code, identity, expression = code.split(self._sizes, 1)
            pose = decode_pose(pose_code)
            neutral, offset = self.decoder.neutral(identity), self.decoder.offset(expression)
            return Estimate(pose, neutral, offset, pose.project(neutral + offset))

    def _anchor_points(self, code: Tensor, anchors: ShapeDecoder) -> Tensor:
        """Image positions (B, P, 2) of the anchors: features are looked up without a gradient to where."""
        with torch.no_grad(), torch.autocast(code.device.type, enabled=False):
            pose_code, identity, expression = code.split(self._sizes, 1)
            shape = anchors.neutral(identity) + anchors.offset(expression)
            return decode_pose(pose_code).project(shape)[..., :2]


class RefinementStep(nn.Module):
    """Corrects a code (B, C) by features looked up at the anchors (B, F) and the picture's embedding (B, HIDDEN)."""

    def __init__(self, looked_up: int, code_size: int):
        super().__init__()
        self.local = nn.Linear(looked_up, HIDDEN)
        self.context = nn.Linear(HIDDEN + code_size, HIDDEN)
        self.middle = nn.Linear(HIDDEN, HIDDEN)
        self.change = nn.Linear(HIDDEN, code_size)
        nn.init.normal_(self.change.weight, std=0.003)
        nn.init.zeros_(self.change.bias)

    def forward(self, looked_up: Tensor, embedding: Tensor, code: Tensor) -> tuple[Tensor, Tensor]:
        hidden = torch.relu(self.local(looked_up) + self.context(torch.cat([embedding, code.to(embedding.dtype)], 1)))
        hidden = torch.relu(self.middle(hidden))
        return hidden, self.change(hidden)


def _look_up(features: Tensor, points: Tensor) -> Tensor:
    """Features (B, C, H, W) at points (B, P, 2) in normalised image units: (B, C, P)."""
    grid = points[:, None].to(features.dtype)
    return nn.functional.grid_sample(features, grid, mode="bilinear", padding_mode="border", align_corners=False)[
        :, :, 0
    ]


def _convolution(narrow: int, wide: int, kernel: int, stride: int, relu: bool = True) -> nn.Sequential:
    layers = [nn.Conv2d(narrow, wide, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(wide)]
    return nn.Sequential(*layers, *([nn.ReLU(inplace=True)] if relu else []))
