# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks to and from a bundle's model.safetensors, in half precision."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from nets.errors import BundleError
from nets.model.bundle import Bundle
from nets.model.networks import NETWORKS, POSITION_MAPS

NOT_SAVED = "num_batches_tracked"


def save_network(network: nn.Module, path: Path) -> None:
    tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(NOT_SAVED)}
    half = {
        name: (t.half() if t.is_floating_point() else t.to(torch.int32)).contiguous() for name, t in tensors.items()
    }
    save_file(half, path)
    path.chmod(0o644)  # safetensors makes files that only their owner may read


def load_network(bundle: Bundle) -> nn.Module:
    """The bundle's network in single precision, in evaluation mode, on the CPU.

    Raises BundleError if the architecture is unknown or the tensors are not its own.
    """
    if bundle.architecture not in NETWORKS:
        message = f"the model's architecture {bundle.architecture!r} is not known to this version"
        raise BundleError(message, bundle.folder / "model.toml", f"Known are: {', '.join(NETWORKS)}")
    try:
        half = load_file(bundle.weights)
        tensors = {name: t.float() if t.is_floating_point() else t.long() for name, t in half.items()}
        network = NETWORKS[bundle.architecture].shaped_like(tensors)
        missing, unexpected = network.load_state_dict(tensors, strict=False)
        wrong = [name for name in [*missing, *unexpected] if not name.endswith(NOT_SAVED)]
        if wrong:
            raise KeyError(wrong[0])
    except (SafetensorError, KeyError, RuntimeError) as error:
        message = f"these are not the weights of a {bundle.architecture} network ({error})"
        raise BundleError(message, bundle.weights, "Install the extension again, or choose another model") from error
    return network.eval()


def load_position_map_network(bundle: Bundle) -> nn.Module:
    """The bundle's network from crops (B, 3, S, S) RGB in [0, 1] to position maps and confidence."""
    network = load_network(bundle)
    return POSITION_MAPS[bundle.architecture](network, bundle.layout).eval()
