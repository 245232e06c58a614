# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks' architectures. This file needs no PyTorch: the classes are imported when they are asked for.

To add an architecture, write its network and list it in ARCHITECTURES; the lab's training needs a task for it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from nets.errors import BundleError

if TYPE_CHECKING:
    from nets.model.bundle import Bundle


@dataclass(frozen=True)
class Architecture:
    """What the other rooms know about a network.

    network: the class of the network, as "module:name"; its class method shaped_like makes one from saved tensors
    position_map_network: the class that turns the network's output into position maps, as "module:name"
    corrects_estimates: whether the network takes an estimate beside the crop and corrects it, see iterative.py
    has_shape_codes: whether the network predicts codes of identity and expression, from which engines compute the
        position map, instead of the map itself
    """

    network: str
    position_map_network: str
    has_shape_codes: bool
    corrects_estimates: bool = False

    def network_class(self) -> type:
        """Import the network's class, which needs PyTorch."""
        return resolve_name(self.network)

    def position_map_class(self) -> type:
        """Import the class of position_map_network, which needs PyTorch."""
        return resolve_name(self.position_map_network)


ARCHITECTURES = {
    "compact": Architecture(
        "nets.model.networks.compact:Compact", "nets.model.networks.position_map:ComposedMapNetwork", True
    ),
    "live": Architecture(
        "nets.model.networks.compact:Live", "nets.model.networks.position_map:ComposedMapNetwork", True
    ),
    "iterative": Architecture(
        "nets.model.networks.iterative:Iterative", "nets.model.networks.position_map:CorrectedMapNetwork", True, True
    ),
    "resfcn256": Architecture(
        "nets.model.networks.resfcn256:ResFCN256", "nets.model.networks.position_map:DirectMapNetwork", False
    ),
}


def architecture_of(bundle: Bundle) -> Architecture:
    """Return a bundle's architecture. Raises BundleError if this version does not know it."""
    if bundle.architecture not in ARCHITECTURES:
        message = f"the model's architecture {bundle.architecture!r} is not known to this version"
        raise BundleError(message, bundle.folder / "model.toml", f"Known are: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[bundle.architecture]
