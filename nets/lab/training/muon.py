# SPDX-License-Identifier: GPL-3.0-or-later
"""Muon (Jordan et al., 2024): steps along the orthogonal matrix nearest to a matrix's momentum.

All directions of a layer advance equally fast, however they are scaled. Kernels of convolutions count as matrices with
one row per output channel; vectors are left to AdamW. Steps are scaled to AdamW's usual size (Liu et al., Muon is
Scalable for LLM Training, 2025, eq. 4), so that both share one rate.
"""

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
MOMENTA = 0.9, 0.99  # of AdamW
WEIGHT_DECAY = 0.01
SCALE = 0.2  # of a matrix's step per square root of its longer side
POLYNOMIAL = 3.4445, -4.7750, 2.0315  # of the Newton-Schulz iteration: brings singular values near 1 in few rounds
ROUNDS = 5


def optimisers(network: nn.Module, rate: float) -> list[torch.optim.Optimizer]:
    """Return Muon for a network's matrices and AdamW for its vectors."""
    learning = [parameter for parameter in network.parameters() if parameter.requires_grad]
    matrices = [parameter for parameter in learning if parameter.ndim > 1]
    vectors = [parameter for parameter in learning if parameter.ndim <= 1]
    return [Muon(matrices, rate), torch.optim.AdamW(vectors, rate, MOMENTA, weight_decay=WEIGHT_DECAY, fused=True)]


class Muon(torch.optim.Optimizer):
    """The optimiser of a network's matrices."""

    def __init__(self, matrices: list[nn.Parameter], rate: float):
        super().__init__(matrices, {"lr": rate})

    @torch.no_grad()
    def step(self) -> None:
        [group] = self.param_groups
        for matrix in group["params"]:
            momentum = self.state[matrix].setdefault("momentum", torch.zeros_like(matrix))
            momentum.lerp_(matrix.grad, 1 - MOMENTUM)
            step = orthogonal(matrix.grad.lerp(momentum, MOMENTUM).flatten(1))
            size = group["lr"] * SCALE * max(step.shape) ** 0.5
            matrix.mul_(1 - group["lr"] * WEIGHT_DECAY).sub_(step.unflatten(1, matrix.shape[1:]), alpha=size)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return approximately the nearest matrix (M, N) with orthonormal rows, or columns if these are fewer.

    Singular values come out between 0.7 and 1.2. The iteration runs on the smaller of the Gram matrices, which is
    several times cheaper than on the matrix itself.
    """
    if matrix.shape[0] > matrix.shape[1]:
        return orthogonal(matrix.mT).mT
    matrix = matrix / (matrix.norm() + 1e-12)
    gram, factor = matrix @ matrix.mT, None
    identity = torch.eye(len(gram), device=gram.device)
    a, b, c = POLYNOMIAL
    for _ in range(ROUNDS):
        polynomial = a * identity + b * gram + c * gram @ gram
        factor = polynomial if factor is None else polynomial @ factor
        gram = polynomial @ gram @ polynomial
    return factor @ matrix
