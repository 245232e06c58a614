# SPDX-License-Identifier: GPL-3.0-or-later
"""The compact network: 128 px in, about 350 M multiply-adds.

An encoder gives a first pose and shape; refinement steps then look features up where points of that shape fall in the
picture and correct it, the learned counterpart of a render-and-correct loop (Richardson et al., 3DV 2016).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS
from nets.model.networks.composition import POSE_SIZE, Pose, ShapeDecoder, decode_pose
from nets.model.networks.pyramid import EMBEDDING, Pyramid
from nets.model.networks.refinement import HIDDEN, Look, Reading, Refinement, look_up

INPUT_SIZE = 128
STEPS, TRAINING_STEPS = 2, 3  # a third changes little, and teaches the others


@dataclass(frozen=True)
class Estimate:
    """One estimate: pose, canonical shape without and with expression (B, N, 3), points in the image (B, N, 3); N is
    G*G unless some texels were asked for."""

    pose: Pose
    neutral: Tensor
    shape: Tensor
    points: Tensor


@dataclass(frozen=True)
class Output:
    """estimates: first to last in training, the last one else; looks: one per refinement step; spread (B, P): log of
    the anchors' expected error in normalised units; face (B,): logit of there being a face; error (B,): log of the
    expected landmark error; expression (B, 53): the face model's weights; gaze (B, 2, 2): yaw and pitch of the right
    and the left eye in radians; reading: where asked for."""

    estimates: list[Estimate]
    looks: list[Look]
    spread: Tensor
    face: Tensor
    error: Tensor
    expression: Tensor
    gaze: Tensor
    reading: Reading | None = None


class Compact(nn.Module):
    """decoder: the shape bases; anchors (P,): indices of the coarse texels at which features are looked up."""

    def __init__(self, decoder: ShapeDecoder, anchors: Tensor):
        super().__init__()
        self.decoder = decoder
        self.register_buffer("anchors", anchors)
        self.pyramid = Pyramid()
        code_size = POSE_SIZE + len(decoder.basis)
        self.first = nn.Linear(EMBEDDING, code_size)
        self.refinement = Refinement(len(anchors), code_size)
        self.judge = nn.Linear(EMBEDDING + HIDDEN, 2)
        self.spread = nn.Linear(HIDDEN, len(anchors))
        self.performance = nn.Linear(EMBEDDING + HIDDEN, len(EXPRESSIONS) + 4)
        for layer in (self.first, self.judge, self.spread, self.performance):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "Compact":
        """A network for the sizes of a saved one's tensors; KeyError if they are another network's."""
        decoder = ShapeDecoder(*(torch.zeros_like(tensors[f"decoder.{name}"]) for name in ("mean", "basis")))
        return cls(decoder, tensors["anchors"].clone())

    def forward(self, crops: Tensor, texels: Tensor | None = None, read_at: Tensor | None = None) -> Output:
        """crops (B, 3, 128, 128) RGB in [0, 1]. In training, texels (N,): those to estimate; read_at (B, M, 2): points
        to read the surface at."""
        levels, embedding = self.pyramid(crops * 2 - 1)
        levels = [level.float().permute(0, 2, 3, 1).contiguous() for level in levels]  # once for all looks
        code = self.first(embedding).float()
        codes, looks, hidden = [code], [], embedding
        decoder = self.decoder if texels is None else self.decoder.at(texels)
        anchors = self.decoder.at(self.anchors)
        for _ in range(TRAINING_STEPS if self.training else STEPS):
            code = code.detach()
            guess = _compose(code, anchors)
            hidden, change, look = self.refinement(levels, guess.pose, guess.shape, guess.points, embedding, code)
            code = code + change
            codes.append(code)
            looks.append(look)
        both = torch.cat([embedding, hidden.to(embedding.dtype)], 1)
        face, error = self.judge(both).float().unbind(1)
        expression, gaze = self.performance(both).float().split((len(EXPRESSIONS), 4), 1)
        return Output(
            [_compose(code, decoder) for code in (codes if self.training else codes[-1:])],
            looks,
            self.spread(hidden).float(),
            face,
            error,
            expression,
            gaze.unflatten(1, (2, 2)),
            None if read_at is None else self.refinement.read(look_up(levels, read_at)),
        )


def _compose(code: Tensor, decoder: ShapeDecoder) -> Estimate:
    with torch.autocast(code.device.type, enabled=False):  # positions need more digits than half precision has
        pose_code, shape_code = code.split((POSE_SIZE, code.shape[1] - POSE_SIZE), 1)
        pose = decode_pose(pose_code)
        shape = decoder.shape(shape_code)
        return Estimate(pose, decoder.neutral(shape_code), shape, pose.project(shape))
