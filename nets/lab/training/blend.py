# SPDX-License-Identifier: GPL-3.0-or-later
"""The layer of the compact network that blends its two answers on expressions and gaze, fitted by ridge regression."""

import numpy as np
import torch
from torch import Tensor

from nets.interface.expressions import EXPRESSIONS
from nets.lab.training.evaluation import to_input
from nets.lab.training.targets import CoarseModel, mirrored_expressions
from nets.model.networks.compact import GAZE, Compact

ANSWER = len(EXPRESSIONS) + GAZE
RIDGE = 30.0  # of a coefficient's square, in samples
ABSENT = 0.02  # weights below which an expression is not there
OFFSETS, STRETCHES = (0, 0.3, 0.5, 0.6, 0.7, 0.8), (1, 1.15, 1.3, 1.5)


def fit_blend(network: Compact, batches: list[dict[str, Tensor]], coarse: CoarseModel) -> None:
    """Fit the blend of a network to batches of samples with faces, by its own estimates.

    The mean of the two answers is where the regression starts from. Each sample counts with its mirror image too. What
    a weight shows where it is 0 is taken off at last, and the rest stretched, as far as that lowers the error.
    """
    answers, truth = read_answers(network, batches, coarse)
    x = np.concatenate([answers, np.concatenate([in_mirror(half) for half in np.split(answers, 2, 1)], 1)])
    x, y = np.concatenate([x, np.ones((len(x), 1))], 1), np.concatenate([truth, in_mirror(truth)])
    start = np.concatenate([np.eye(ANSWER) / 2, np.eye(ANSWER) / 2, np.zeros((1, ANSWER))])
    ridge = RIDGE * np.eye(len(start))
    ridge[-1, -1] = 1e-3
    weights = start + np.linalg.solve(x.T @ x + ridge, x.T @ (y - x @ start))
    for k in range(len(EXPRESSIONS)):
        offset, stretch = _best_stretch(x @ weights[:, k], y[:, k])
        weights[:, k] *= stretch
        weights[-1, k] -= offset * stretch
    with torch.no_grad():
        network.blend.weight.copy_(torch.from_numpy(weights[:-1].T))
        network.blend.bias.copy_(torch.from_numpy(weights[-1]))


def read_answers(
    network: Compact, batches: list[dict[str, Tensor]], coarse: CoarseModel
) -> tuple[np.ndarray, np.ndarray]:
    """Return what goes into the blend (N, 2 * ANSWER), and the truth (N, ANSWER): weights, then gaze in radians."""
    answers: list[Tensor] = []
    hook = network.blend.register_forward_pre_hook(lambda _module, inputs: answers.append(inputs[0]))
    truths = []
    with torch.inference_mode():
        for batch in batches:
            network(to_input(batch["image"]))
            truth = coarse.truth(batch)
            truths.append(torch.cat([truth.expression, truth.gaze.flatten(1)], 1))
    hook.remove()
    return torch.cat(answers).double().numpy(), torch.cat(truths).double().numpy()


def in_mirror(answers: np.ndarray) -> np.ndarray:
    """Return the answers (N, ANSWER) on the mirror images: sides change places, and yaw its sign."""
    gaze = answers[:, len(EXPRESSIONS) :].reshape(-1, 2, 2)[:, ::-1] * (-1, 1)
    return np.concatenate([answers[:, mirrored_expressions(EXPRESSIONS)], gaze.reshape(-1, GAZE)], 1)


def _best_stretch(found: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Return the offset and the factor that lower the error of weights (N,) most."""

    def error(offset: float, stretch: float) -> float:
        wrong = np.clip((found - offset) * stretch, 0, 1) - true
        return float(np.abs(wrong).mean() + (wrong**2).mean())

    offsets = np.quantile(found[true < ABSENT], OFFSETS)
    choices = [(0.0, 1.0), *((offset, stretch) for offset in offsets for stretch in STRETCHES)]
    return min(choices, key=lambda choice: error(*choice))
