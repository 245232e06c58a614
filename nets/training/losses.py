# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses, all in normalised image units or canonical units (about the same length at the usual crop)."""

import torch
from torch import Tensor
from torch.nn import functional

from nets.networks.compact import Estimate, Output
from nets.training.targets import CoarseModel, Truth

STEP_WEIGHTS = (0.5, 0.75, 1.0)  # of the first estimate and of each refinement
DEPTH_WEIGHT = 0.6
WEIGHTS = {
    "map": 1.0,
    "landmarks": 1.5,
    "identity": 2.0,
    "expression": 2.0,
    "closeness": 0.05,
    "face": 0.05,
    "error": 0.01,
}


def losses(output: Output, truth: Truth, coarse: CoarseModel) -> dict[str, Tensor]:
    """Each part of the loss, weighted; their sum is what training minimises."""
    share = truth.is_face.float() / truth.is_face.float().sum().clamp(min=1)
    parts = dict.fromkeys(("map", "landmarks", "identity", "expression", "closeness"), torch.zeros(()))
    for estimate, step in zip(output.estimates, STEP_WEIGHTS, strict=True):
        for name, value in _estimate_losses(estimate, truth, coarse).items():
            parts[name] = parts[name] + step * WEIGHTS[name] * (value * share).sum()
    last = output.estimates[-1]
    error = landmark_error(last, truth, coarse).detach().clamp(min=1e-3)
    parts["face"] = WEIGHTS["face"] * functional.binary_cross_entropy_with_logits(output.face, truth.is_face.float())
    parts["error"] = WEIGHTS["error"] * ((output.error - error.log()).abs() * share).sum()
    return parts


def landmark_error(estimate: Estimate, truth: Truth, coarse: CoarseModel) -> Tensor:
    """Mean distance (B,) of the 68 landmarks in the image plane, normalised units."""
    points = estimate.pose.project(coarse.landmarks(estimate.neutral + estimate.offset))
    return (points - truth.landmarks)[..., :2].norm(dim=2).mean(1)


def _estimate_losses(estimate: Estimate, truth: Truth, coarse: CoarseModel) -> dict[str, Tensor]:
    flatten = torch.tensor([1, 1, DEPTH_WEIGHT])

    def texels(difference: Tensor) -> Tensor:
        return (_length(difference) * coarse.weights).mean(1)

    points = estimate.pose.project(coarse.landmarks(estimate.neutral + estimate.offset))
    return {
        "map": texels((estimate.points - truth.points) * flatten),
        "landmarks": _length((points - truth.landmarks) * flatten).mean(1),
        "identity": texels(estimate.neutral - truth.neutral),
        "expression": texels(estimate.offset - (truth.full - truth.neutral)),
        "closeness": (estimate.pose.closeness - truth.pose.closeness).abs(),
    }


def _length(difference: Tensor) -> Tensor:
    return (difference.square().sum(-1) + 1e-8).sqrt()
