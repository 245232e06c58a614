# SPDX-License-Identifier: GPL-3.0-or-later
"""From a network's coarse shape to the layout's full map: the arrays of this step, the same for every engine."""

import cv2
import numpy as np

from nets.layout import Bridge, UVLayout


def enlargement(layout: UVLayout, coarse: int) -> dict[str, np.ndarray]:
    """For a coarse grid of G x G texels under a layout of S x S.

    mean (S, S, 3) f4, the layout's, in millimetres; enlarge (S, G) f4, bicubic enlargement of rows and of columns;
    span (H, K) f4, piers (K,) and bridged (H,) i8: map[bridged] = span @ map[piers] on flat texels, see layout.Bridge.
    """
    bridge = Bridge(layout.bridged)
    size = len(layout.mean)
    return {
        "mean": layout.mean,
        "enlarge": cv2.resize(np.eye(coarse, dtype=np.float32), (coarse, size), interpolation=cv2.INTER_CUBIC),
        "span": bridge.matrix,
        "piers": np.ravel_multi_index(bridge.piers, layout.bridged.shape),
        "bridged": np.flatnonzero(layout.bridged),
    }
