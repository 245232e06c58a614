# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks, and what makes position maps of their outputs."""

from nets.model.networks.compact import Compact
from nets.model.networks.position_map import ComposedMapNetwork, DirectMapNetwork
from nets.model.networks.resfcn256 import ResFCN256

NETWORKS = {"compact": Compact, "resfcn256": ResFCN256}
POSITION_MAPS = {"compact": ComposedMapNetwork, "resfcn256": DirectMapNetwork}
