# SPDX-License-Identifier: GPL-3.0-or-later
"""The compact network: 128 x 128 pixels in, about 380 M multiply-adds. The live network is a smaller one of its kind.

An encoder gives a first pose and shape. Refinement steps then look features up where points of that shape fall in the
picture and correct it, the learned counterpart of a render-and-correct loop (Richardson et al., 3DV 2016).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS
from nets.model.networks.acting import Acting
from nets.model.networks.composition import POSE_SIZE, PerspectivePose, ShapeDecoder, decode_pose
from nets.model.networks.pyramid import Pyramid
from nets.model.networks.refinement import Refinement, RefinementState, SurfacePrediction
from nets.model.networks.sampling import look_up
from nets.model.networks.sizes import COMPACT, LIVE

GAZE = 4  # numbers: yaw and pitch of both eyes


@dataclass(frozen=True)
class Estimate:
    """One estimate of pose and shape. N is G*G, or the number of texels that were asked for.

    neutral: (B, N, 3), canonical shape without expression
    shape: (B, N, 3), canonical shape with expression
    points: (B, N, 3), the shape in the image, normalised units
    """

    pose: PerspectivePose
    neutral: Tensor
    shape: Tensor
    points: Tensor


@dataclass(frozen=True)
class CompactOutput:
    """What the network predicts for B crops.

    estimates: from the first to the last in training, else the last one only
    refinements: the state of each refinement step
    log_uncertainty: (B, P), log of the anchors' expected error in normalised units
    face_logit: (B,), logit of there being a face
    log_error: (B,), log of the expected landmark error
    expression: (B, 53), the face model's weights
    gaze: (B, 2, 2), yaw and pitch of the right and the left eye, radians
    surface: where it was asked for, else None
    """

    estimates: list[Estimate]
    refinements: list[RefinementState]
    log_uncertainty: Tensor
    face_logit: Tensor
    log_error: Tensor
    expression: Tensor
    gaze: Tensor
    surface: SurfacePrediction | None = None


class Compact(nn.Module):
    """The network.

    decoder: the shape bases
    anchors: (P,) int64, the coarse texels at which features are looked up
    parts: (VIEWS, 2) int64, those of the anchors at which expression and gaze are read, see Acting

    The names of the attributes are the keys of saved weights: judge is the head of confidence and error, spread that of
    uncertainty. performance and acting both tell expression and gaze, the one from the whole face, the other from close
    views of its parts; blend makes one answer of the two.
    """

    sizes = COMPACT

    def __init__(self, decoder: ShapeDecoder, anchors: Tensor, parts: Tensor):
        super().__init__()
        self.decoder = decoder
        self.register_buffer("anchors", anchors)
        sizes, code_size = self.sizes, POSE_SIZE + len(decoder.basis)
        everything = sizes.embedding + sizes.hidden
        self.pyramid = Pyramid(sizes)
        self.first = nn.Linear(sizes.embedding, code_size)
        self.refinement = Refinement(sizes, len(anchors), code_size)
        self.judge = nn.Linear(everything, 2)
        self.spread = nn.Linear(sizes.hidden, len(anchors))
        self.performance = nn.Linear(everything, len(EXPRESSIONS) + GAZE)
        self.acting = Acting(sizes, parts)
        answer = len(EXPRESSIONS) + GAZE
        self.blend = nn.Linear(2 * answer, answer)
        for layer in (self.first, self.judge, self.spread, self.performance):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)
        with torch.no_grad():
            self.blend.weight.copy_(torch.eye(answer).repeat(1, 2) / 2)  # at first the mean of the two answers
            self.blend.bias.zero_()

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "Compact":
        """Make a network of the sizes of saved tensors. Raises KeyError if they are another network's."""
        decoder = ShapeDecoder(*(torch.zeros_like(tensors[f"decoder.{name}"]) for name in ("mean", "basis")))
        return cls(decoder, tensors["anchors"].clone(), tensors["acting.anchors"].clone())

    def forward(self, crops: Tensor, texels: Tensor | None = None, read_at: Tensor | None = None) -> CompactOutput:
        """Predict the faces of crops.

        crops: (B, 3, S, S), RGB in [0, 1], S being sizes.picture
        texels: (N,), the coarse texels to estimate; None for all of them
        read_at: (B, M, 2), points of the image at which to predict the surface, for training
        """
        picture = crops * 2 - 1
        levels, embedding = self.pyramid(picture)
        levels = [level.float().permute(0, 2, 3, 1).contiguous() for level in levels]  # once for all steps
        code = self.first(embedding).float()
        codes, refinements, hidden = [code], [], embedding
        decoder = self.decoder if texels is None else self.decoder.at(texels)
        anchors = self.decoder.at(self.anchors)
        for _ in range(self.sizes.training_steps if self.training else self.sizes.steps):
            code = code.detach()
            guess = _compose(code, anchors)
            hidden, change, state = self.refinement(levels, guess.pose, guess.shape, guess.points, embedding, code)
            code = code + change
            codes.append(code)
            refinements.append(state)
        both = torch.cat([embedding, hidden.to(embedding.dtype)], 1)
        face_logit, log_error = self.judge(both).float().unbind(1)
        at_anchors = _compose(code.detach(), anchors)
        seen = [each.flatten(1) for each in self.acting(picture, at_anchors.pose, at_anchors.neutral)]
        blended = self.blend(torch.cat([self.performance(both).float(), *seen], 1)).float()
        expression, gaze = blended.split((len(EXPRESSIONS), GAZE), 1)
        return CompactOutput(
            [_compose(code, decoder) for code in (codes if self.training else codes[-1:])],
            refinements,
            self.spread(hidden).float(),
            face_logit,
            log_error,
            expression,
            gaze.unflatten(1, (2, 2)),
            None if read_at is None else self.refinement.read(look_up(levels, read_at)),
        )


class Live(Compact):
    """The same network with a fifth of the arithmetic, for live capture."""

    sizes = LIVE


def _compose(code: Tensor, decoder: ShapeDecoder) -> Estimate:
    with torch.autocast(code.device.type, enabled=False):  # positions need more digits than half precision has
        pose_code, shape_code = code.split((POSE_SIZE, code.shape[1] - POSE_SIZE), 1)
        pose = decode_pose(pose_code)
        shape = decoder.shape(shape_code)
        return Estimate(pose, decoder.neutral(shape_code), shape, pose.project(shape))
