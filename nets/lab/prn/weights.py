# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's weights, by the names that they have in its checkpoint, as those of nets.model.networks.resfcn256.

The network is the one of PRN's released code (Feng et al., ECCV 2018, section 3.3): tf_slim's layers with batch
normalisation. What differs: axes are in another order; a transposed convolution of stride 1 is written as the equal
convolution, whose kernel is the mirrored one; TensorFlow adds 0.001 to variances, PyTorch 0.00001.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from nets.errors import UnreadableError
from nets.lab.prn.checkpoint import Checkpoint
from nets.model.networks.resfcn256 import ResFCN256, ResidualBlock

SCOPE = "resfcn256"
EPSILON = 1e-3  # of batch normalisation in tf_slim
MAP_RANGE = 1.1, 0.1  # normalised units: PRN's maps are 0 to 1.1 times the crop's 256 pixels
HALF_PIXEL = 1 / 256  # normalised units, which count from a crop's edge, PRN's pixels from the centre of the first
FACE_LOGIT, LOG_ERROR = 4.0, -3.5  # PRN does not say how sure it is: any face counts as a well seen one
ANCHORS = 0  # nor what is in view


def load_prn(checkpoint: Checkpoint) -> ResFCN256:
    """Return the network with a checkpoint's weights, in evaluation mode. Raises UnreadableError."""
    network = ResFCN256(ANCHORS).eval()
    with torch.no_grad():
        try:
            for name, module, normalisation in _layers(network):
                _load(checkpoint, f"{SCOPE}/{name}", module, normalisation)
        except KeyError as error:
            message = f"not PRN's network: the checkpoint has no {error.args[0]}"
            raise UnreadableError(message, checkpoint.path, "Choose 256_256_resfcn256_weight") from None
        network.map_range[:] = torch.tensor(MAP_RANGE) + torch.tensor([0, HALF_PIXEL])
    return without_judgement(network)


@torch.no_grad()
def without_judgement(network: ResFCN256) -> ResFCN256:
    """Make a network take every crop for a face that is well seen: pairs of photo and map do not teach otherwise."""
    network.judge.weight.zero_()
    network.judge.bias.zero_()
    network.judge.bias[:2] = torch.tensor([FACE_LOGIT, LOG_ERROR])
    return network


def _layers(network: ResFCN256) -> Iterator[tuple[str, nn.Module, nn.BatchNorm2d | None]]:
    """Yield each convolution with the name of its variables and the normalisation that follows it, if any.

    A residual block's last normalisation follows a sum: it comes as a module without a convolution's name.
    """
    stem = [module for module in network.encoder if not isinstance(module, ResidualBlock)]
    yield "Conv", *_pair(stem)
    blocks = [module for module in network.encoder if isinstance(module, ResidualBlock)]
    for number, block in enumerate(blocks):
        name = f"resBlock_{number}" if number else "resBlock"
        if isinstance(block.shortcut, nn.Conv2d):
            yield f"{name}/shortcut", block.shortcut, None
        first, second, last = (module for module in block.body if isinstance(module, nn.Conv2d))
        normalisations = [module for module in block.body if isinstance(module, nn.BatchNorm2d)]
        yield f"{name}/Conv", first, normalisations[0]
        yield f"{name}/Conv_1", second, normalisations[1]
        yield f"{name}/Conv_2", last, None
        yield name, block.normalise, block.normalise
    convolutions = [module for module in network.decoder if isinstance(module, nn.Conv2d | nn.ConvTranspose2d)]
    normalisations = [module for module in network.decoder if isinstance(module, nn.BatchNorm2d)]
    for number, convolution in enumerate(convolutions):
        name = f"Conv2d_transpose_{number}" if number else "Conv2d_transpose"
        yield name, convolution, normalisations[number] if number < len(normalisations) else None


def _pair(modules: list[nn.Module]) -> tuple[nn.Module, nn.BatchNorm2d]:
    convolution, normalisation = (
        next(module for module in modules if isinstance(module, kind)) for kind in (nn.Conv2d, nn.BatchNorm2d)
    )
    return convolution, normalisation


def _load(checkpoint: Checkpoint, name: str, module: nn.Module, normalisation: nn.BatchNorm2d | None) -> None:
    """Give a convolution and its normalisation the checkpoint's weights. Raises KeyError or UnreadableError."""
    if module is not normalisation:
        weights = _kernel(checkpoint[f"{name}/weights"], name, module)
        if weights.shape != module.weight.shape:
            shapes = f"{tuple(weights.shape)}, not {tuple(module.weight.shape)}"
            message = f"not PRN's network: {name} has the shape {shapes}"
            raise UnreadableError(message, checkpoint.path, "Choose 256_256_resfcn256_weight")
        module.weight.copy_(weights)
    folded = normalisation is None and module.bias is not None  # of the last layer into its weights
    if normalisation is None and not folded:
        return
    parts = ("gamma", "beta", "moving_mean", "moving_variance")
    gamma, beta, mean, variance = (torch.from_numpy(checkpoint[f"{name}/BatchNorm/{part}"].copy()) for part in parts)
    if folded:
        factor = gamma / torch.sqrt(variance + EPSILON)
        module.weight.mul_(factor[:, None, None, None])
        module.bias.copy_(beta - mean * factor)
        return
    normalisation.weight.copy_(gamma)
    normalisation.bias.copy_(beta)
    normalisation.running_mean.copy_(mean)
    normalisation.running_var.copy_(variance + EPSILON - normalisation.eps)


def _kernel(weights: np.ndarray, name: str, module: nn.Module) -> torch.Tensor:
    """Return a kernel in PyTorch's order. TensorFlow's is rows, columns, in, out; out, in if transposed."""
    if isinstance(module, nn.ConvTranspose2d):
        return torch.from_numpy(weights.transpose(3, 2, 0, 1).copy())
    if "transpose" in name:
        return torch.from_numpy(weights.transpose(2, 3, 0, 1)[:, :, ::-1, ::-1].copy())
    return torch.from_numpy(weights.transpose(3, 2, 0, 1).copy())
