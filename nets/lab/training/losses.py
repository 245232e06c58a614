# SPDX-License-Identifier: GPL-3.0-or-later
"""The losses of the compact network, in normalised image units or canonical units, which are about equally long.

A step compares only some texels, drawn by weight: a quarter of the arithmetic, and the gradient is no worse.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from nets.lab.training.precision import half_precision
from nets.lab.training.targets import CoarseModel, Truth
from nets.model.networks.compact import Compact, CompactOutput, Estimate
from nets.model.networks.refinement import RefinementState, SurfacePrediction
from nets.model.networks.resfcn256 import MapOutput

TEXELS, READINGS = 768, 256  # of a face: texels compared with the truth, and points at which the surface is predicted
STEP_WEIGHTS = (0.4, 0.6, 0.8, 1.0)  # of the first estimate and of each refinement; fewer of them are the last ones
DEPTH_WEIGHT = 0.6
UPPER, LOWER = [37, 38, 43, 44, 61, 62, 63], [41, 40, 47, 46, 67, 66, 65]  # landmarks of lids and lips that meet
WEIGHTS = {
    "map": 1.0,
    "landmarks": 1.5,
    "identity": 3.0,
    "expression": 2.0,
    "openings": 8.0,
    "closeness": 0.05,
    "reading": 1.5,
    "normal": 0.2,
    "offset": 1.0,
    "visible": 0.02,
    "spread": 0.01,
    "face": 0.05,
    "error": 0.01,
    "weights": 0.6,
    "gaze": 0.4,
}


@dataclass(frozen=True)
class Sampled:
    """A truth at the texels that a step compares.

    texels: (N,), TEXELS drawn by weight, then those around the landmarks, then the network's anchors
    neutral, shape, points: (B, N, 3), the truth at these texels
    read_at: (B, R, 2), points of the image at which the surface is predicted
    canonical, normals: (B, R, 3), the surface there
    readable: (B, R), in [0, 1], whether it can be seen there
    visible, anchors: (B, P), (B, P, 3), visibility and image points of the network's anchors
    """

    texels: Tensor
    neutral: Tensor
    shape: Tensor
    points: Tensor
    read_at: Tensor
    canonical: Tensor
    normals: Tensor
    readable: Tensor
    visible: Tensor
    anchors: Tensor

    @classmethod
    def draw(cls, truth: Truth, coarse: CoarseModel, anchors: Tensor) -> "Sampled":
        """Draw texels, and take the truth at them."""
        drawn = coarse.draw_texels(TEXELS)
        texels, read = torch.cat([drawn, coarse.landmark_texels.flatten(), anchors]), drawn[:READINGS]
        read_at = truth.points[:, read, :2]
        inside = (read_at.abs() < 1).all(2)  # only what is in plain view, and inside the picture, can be predicted
        return cls(
            texels,
            truth.neutral[:, texels],
            truth.full[:, texels],
            truth.points[:, texels],
            read_at,
            truth.full[:, read],
            truth.normals[:, read],
            truth.visible[:, read] * inside,
            truth.visible[:, anchors],
            truth.points[:, anchors],
        )


def training_loss(network: Compact, pictures: Tensor, truth: Truth, coarse: CoarseModel) -> Tensor:
    """Return what training minimises, on pictures (B, 3, S, S) in [0, 1]."""
    sampled = Sampled.draw(truth, coarse, network.anchors)
    with half_precision(pictures.device):
        output = network(pictures, sampled.texels, sampled.read_at)
    return sum(losses(output, truth, sampled, coarse).values())


def losses(output: CompactOutput, truth: Truth, sampled: Sampled, coarse: CoarseModel) -> dict[str, Tensor]:
    """Each part of the loss, weighted."""
    is_face = truth.is_face.float()
    share = is_face / is_face.sum().clamp(min=1)
    parts = {name: is_face.new_zeros(()) for name in WEIGHTS}

    def add(name: str, value: Tensor, factor: float = 1.0) -> None:
        parts[name] = parts[name] + factor * WEIGHTS[name] * (value * share).sum()

    openings = _openings(coarse.landmarks(truth.full))
    step_weights = STEP_WEIGHTS[-len(output.estimates) :]
    for estimate, step in zip(output.estimates, step_weights, strict=True):
        canonical = coarse.landmarks_of(estimate.shape[:, TEXELS : TEXELS + 68 * 4])
        found = estimate.pose.project(canonical)
        for name, value in _estimate_losses(estimate, found, truth, sampled).items():
            add(name, value, step)
        add("openings", _length(_openings(canonical) - openings).mean(1), step)
    for name, value in _reading_losses(output.surface, sampled).items():
        add(name, value)
    for look, step in zip(output.refinements, step_weights[1:], strict=True):
        for name, value in _look_losses(look, sampled).items():
            add(name, value, step)
    at_anchors = output.estimates[-1].points[:, -sampled.anchors.shape[1] :] - sampled.anchors
    for name, value in judgement_losses(output, truth, at_anchors, found - truth.landmarks).items():
        add(name, value)
    parts["face"] = WEIGHTS["face"] * functional.binary_cross_entropy_with_logits(output.face_logit, is_face)
    return parts


def judgement_losses(
    output: CompactOutput | MapOutput, truth: Truth, at_anchors: Tensor, at_landmarks: Tensor
) -> dict[str, Tensor]:
    """What a network says of its own errors, at_anchors (B, P, 3) and at_landmarks (B, 68, 3), and of what the face
    does: each (B,), unweighted."""
    spread = at_anchors[..., :2].detach().norm(dim=2).clamp(min=1e-3).log()
    error = at_landmarks[..., :2].detach().norm(dim=2).mean(1).clamp(min=1e-3).log()
    return {
        "spread": (output.log_uncertainty - spread).abs().mean(1),
        "error": (output.log_error - error).abs(),
        "weights": (output.expression - truth.expression).abs().mean(1),
        "gaze": (output.gaze - truth.gaze).abs().mean((1, 2)),
    }


def _openings(landmarks: Tensor) -> Tensor:
    """Return how far eyes and mouth are open, (B, 7, 3), for canonical landmarks (B, 68, 3)."""
    return landmarks[:, UPPER] - landmarks[:, LOWER]


def _estimate_losses(estimate: Estimate, landmarks: Tensor, truth: Truth, sampled: Sampled) -> dict[str, Tensor]:
    flatten = landmarks.new_tensor([1, 1, DEPTH_WEIGHT])

    def texels(difference: Tensor) -> Tensor:
        return _length(difference[:, :TEXELS]).mean(1)

    return {
        "map": texels((estimate.points - sampled.points) * flatten),
        "landmarks": _length((landmarks - truth.landmarks) * flatten).mean(1),
        "identity": texels(estimate.neutral - sampled.neutral),
        "expression": texels((estimate.shape - estimate.neutral) - (sampled.shape - sampled.neutral)),
        "closeness": (estimate.pose.inverse_distance - truth.pose.inverse_distance).abs(),
    }


def _reading_losses(reading: SurfacePrediction, sampled: Sampled) -> dict[str, Tensor]:
    count = sampled.readable.sum(1).clamp(min=1)
    return {
        "reading": (_length(reading.canonical - sampled.canonical) * sampled.readable).sum(1) / count,
        "normal": (_length(reading.normal - sampled.normals) * sampled.readable).sum(1) / count,
    }


def _look_losses(look: RefinementState, sampled: Sampled) -> dict[str, Tensor]:
    flatten = look.offset.new_tensor([1, 1, DEPTH_WEIGHT])
    wrong = _length((look.points.detach() + look.offset - sampled.anchors) * flatten) * sampled.visible
    unsure = functional.binary_cross_entropy_with_logits(look.visible, sampled.visible, reduction="none")
    return {"offset": wrong.sum(1) / sampled.visible.sum(1).clamp(min=1), "visible": unsure.mean(1)}


def _length(difference: Tensor) -> Tensor:
    return (difference.square().sum(-1) + 1e-8).sqrt()
