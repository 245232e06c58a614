# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks: crop in, pose and shape codes out, composed into a position map."""

from nets.networks.compact import Compact

NETWORKS = {"compact": Compact}
