# SPDX-License-Identifier: GPL-3.0-or-later
"""The training task of the iterative network: correct any estimate, be it far off or nearly right, in one pass.

Some of the estimates to correct are made as in Richardson et al. (3DV 2016, section 3.2): a mixture of the true codes
and of those of somebody else in another pose. But a mixture tells of the truth, so a network that sees nothing but
mixtures learns to exaggerate them instead of looking at the photo. The other estimates tell nothing that the photo does
not: the start, which is the mean face seen from the front, and the network's own correction of it.
"""

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional

from nets.geometry.uv_layout import UVLayout
from nets.lab.training.targets import CoarseModel, Truth
from nets.lab.training.tasks import ANCHORS, FacePrediction
from nets.model.bundle import load_bundle
from nets.model.engines.passes import PASSES
from nets.model.networks import iterative
from nets.model.networks.composition import POSE_SIZE, encode_pose
from nets.model.networks.loading import load_network
from nets.model.networks.shape_codes import IDENTITY_SIZE
from nets.model.networks.surface_rendering import drawable_texels

TEXELS = 768  # of a face that are compared with the truth
STARTS, OWN = 0.35, 0.3  # shares of the samples whose estimate is the start, and the network's own after one pass
LEAST_TRUTH = 0.0  # the share p of the truth in a mixture is drawn from here to 1
# Of the parts of the loss. Those of the paper are geometry and pose; points make the picture's own error count.
WEIGHTS = {"geometry": 4.0, "pose": 1.0, "points": 2.0, "face": 0.05, "error": 0.01, "weights": 0.6, "gaze": 0.4}
POSE_WEIGHTS = (*[0.4] * 6, 1.0, 1.0, 1.0, 0.005)  # of the squared errors of a pose's code
DEPTH_WEIGHT = 0.6


class IterativeTask:
    """The task of the iterative network."""

    architecture, input_size = "iterative", iterative.INPUT_SIZE

    def __init__(self, coarse: CoarseModel, layout: UVLayout):
        self.coarse = coarse
        self._layout = replace(layout, anchors=coarse.places(coarse.anchors(ANCHORS)))
        bundle = load_bundle()
        self._decoder = load_network(bundle).decoder.to(coarse.mean.device)
        on_surface = (
            torch.from_numpy(layout.mask).float().unflatten(0, (coarse.size, -1)).unflatten(2, (coarse.size, -1))
        )
        self._surface = drawable_texels(on_surface.mean((1, 3)) > 0.5).to(coarse.mean.device)
        self._to_codes = [
            self._inverse(self._decoder.basis[part]) for part in (slice(IDENTITY_SIZE), slice(IDENTITY_SIZE, None))
        ]

    def build_network(self, some: Truth) -> nn.Module:
        return iterative.Iterative(self._decoder, self._surface)

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        true = self.codes_of(truth)
        start = self._estimates(network, pictures, true, truth.is_face)
        return sum(self._losses(network, network(pictures, start), true, truth).values())

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        code = network.start(len(pictures))
        for _ in range(PASSES):
            code = network(pictures, code).code
        last = network.compose(code)
        return FacePrediction(last.pose.project(self.coarse.landmarks(last.shape)), last.neutral)

    def layout_of(self, network: nn.Module) -> UVLayout:
        return self._layout

    def codes_of(self, truth: Truth) -> Tensor:
        """Return the codes (B, C) that come nearest to the truth."""
        offsets = truth.neutral - self.coarse.mean, truth.full - truth.neutral
        shapes = [offset.flatten(1) @ inverse for offset, inverse in zip(offsets, self._to_codes, strict=True)]
        return torch.cat([encode_pose(truth.pose), *shapes], 1)

    def _estimates(self, network: nn.Module, pictures: Tensor, true: Tensor, is_face: Tensor) -> Tensor:
        """Return estimates (B, C) to correct."""
        count = len(true)
        others = true[is_face][torch.randint(int(is_face.sum()), (count,), device=true.device)]
        share = LEAST_TRUTH + (1 - LEAST_TRUTH) * torch.rand(count, 1, device=true.device)
        estimates = others + share * is_face[:, None] * (true - others)
        kind = torch.rand(count, device=true.device)
        estimates[kind < STARTS + OWN] = 0  # the start
        own = ((kind >= STARTS) & (kind < STARTS + OWN)).nonzero()[:, 0]
        if len(own) > 1:  # batch normalisation needs several
            with torch.no_grad():
                estimates[own] = network(pictures[own], network.start(len(own))).code
        return estimates

    def _losses(
        self, network: nn.Module, output: iterative.IterativeOutput, true: Tensor, truth: Truth
    ) -> dict[str, Tensor]:
        """Each part of the loss, weighted."""
        is_face = truth.is_face.float()
        share = is_face / is_face.sum().clamp(min=1)
        texels = self.coarse.draw_texels(TEXELS)
        wrong = output.code - true
        at = network.decoder.at(torch.cat([texels, self.coarse.landmark_texels.flatten()]))
        geometry = (wrong[:, POSE_SIZE:] @ at.basis[:, : TEXELS * 3]).abs().mean(1) * 3
        shape, pose = at.shape(output.code[:, POSE_SIZE:]), iterative.decode_pose(output.code[:, :POSE_SIZE])
        flatten = shape.new_tensor([1, 1, DEPTH_WEIGHT])
        points = (pose.project(shape[:, :TEXELS]) - truth.points[:, texels]) * flatten
        found = pose.project(self.coarse.landmarks_of(shape[:, TEXELS:])) - truth.landmarks
        error = found[..., :2].detach().norm(dim=2).mean(1).clamp(min=1e-3).log()
        parts = {
            "geometry": geometry,
            "pose": (wrong[:, :POSE_SIZE].square() * wrong.new_tensor(POSE_WEIGHTS)).sum(1),
            "points": (_length(points).mean(1) + _length(found * flatten).mean(1)) / 2,
            "error": (output.log_error - error).abs(),
            "weights": (output.expression - truth.expression).abs().mean(1),
            "gaze": (output.gaze - truth.gaze).abs().mean((1, 2)),
        }
        losses = {name: WEIGHTS[name] * (value * share).sum() for name, value in parts.items()}
        face = functional.binary_cross_entropy_with_logits(output.face_logit, is_face)
        return losses | {"face": WEIGHTS["face"] * face}

    def _inverse(self, basis: Tensor) -> Tensor:
        """Return the matrix (G*G*3, K) that gives the codes whose weighted error is least."""
        weights = self.coarse.weights.repeat_interleave(3)
        return (torch.linalg.solve((basis * weights) @ basis.T, basis * weights)).T.contiguous()


def _length(difference: Tensor) -> Tensor:
    return (difference.square().sum(-1) + 1e-8).sqrt()
