# SPDX-License-Identifier: GPL-3.0-or-later
"""What the detector should answer to a scene, and how wrong an answer is."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from nets.lab.detection_training.scenes import SCENE_SIZE, Scene
from nets.model.detection.network import SIDES, STRIDE, UNIT

CELLS = SCENE_SIZE // STRIDE
LEAST_IN_VIEW = 0.4  # of a face that should be found
HEART, RIM = 0.2, 0.5  # of the side, from the centre: places that answer for a face, and those that may
NEAREST = 5.7  # pixels: the cell nearest to a face's centre is never farther
FOCUS = 2.0  # exponent of the focal loss
# The landmark network puts place, size and roll right, so the score weighs most.
PLACE_WEIGHT, SIZE_WEIGHT, ROLL_WEIGHT = 2.0, 1.5, 0.1


def targets_of(scene: Scene) -> np.ndarray:
    """(6, 32, 32) f4 in the order of the network's answer; the first is 1 for a face, 0 for none, -1 for either."""
    target = np.zeros((6, CELLS, CELLS), np.float32)
    target[4] = 1
    middle = np.arange(CELLS) * STRIDE + (STRIDE - 1) / 2
    nearest = np.full((CELLS, CELLS), np.inf)
    for centre, side, roll, in_view in zip(scene.centre, scene.side, scene.roll, scene.in_view, strict=True):
        x, y = centre[0] - middle[None, :], centre[1] - middle[:, None]
        distance = np.hypot(x, y)
        wanted = SIDES[0] <= side <= SIDES[1] and in_view >= LEAST_IN_VIEW
        if side > 1.6 * SIDES[1]:
            continue
        rim = distance < max(RIM * side, NEAREST + STRIDE / 2)
        target[0][rim & (target[0] == 0)] = -1
        heart = (distance < max(HEART * side, NEAREST)) & (distance < nearest)
        if wanted:
            nearest[heart] = distance[heart]
            target[0][heart] = 1
            values = (x / STRIDE, y / STRIDE, np.log(side / UNIT), np.cos(roll), np.sin(roll))
            for channel, value in zip(target[1:], values, strict=True):
                channel[heart] = np.broadcast_to(value, heart.shape)[heart]
    return target


def losses(answer: Tensor, target: Tensor) -> dict[str, Tensor]:
    """Parts of the loss for answers and targets (B, 6, h, w): a focal loss, and the square's and the roll's error."""
    logit, truth = answer[:, 0], target[:, 0]
    known, face = truth >= 0, truth > 0
    count = face.sum().clamp(min=1)
    cross_entropy = functional.binary_cross_entropy_with_logits(logit, truth.clamp(min=0), reduction="none")
    surprise = 1 - torch.exp(-cross_entropy)
    score = (cross_entropy * surprise**FOCUS * known).sum() / count
    answer, target = (part.permute(0, 2, 3, 1)[face] for part in (answer, target))
    cells = UNIT / STRIDE * torch.exp(target[:, 3:4])  # the face's side
    place = functional.smooth_l1_loss(answer[:, 1:3] / cells, target[:, 1:3] / cells, reduction="sum", beta=0.05)
    size = functional.smooth_l1_loss(answer[:, 3], target[:, 3], reduction="sum", beta=0.1)
    roll = functional.mse_loss(answer[:, 4:], target[:, 4:], reduction="sum")
    return {
        "score": score,
        "place": PLACE_WEIGHT * place / count,
        "size": SIZE_WEIGHT * size / count,
        "roll": ROLL_WEIGHT * roll / count,
    }
