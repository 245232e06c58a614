# SPDX-License-Identifier: GPL-3.0-or-later
"""From a network's coarse shape to the layout's full map: the arrays of this step, the same for every engine."""

import cv2
import numpy as np

from nets.geometry.uv_layout import Bridge, UVLayout

BANDS = 8


def enlargement(layout: UVLayout, coarse: int) -> dict[str, np.ndarray]:
    """For a coarse grid of G x G texels under a layout of S x S.

    mean (S, S, 3) f4, the layout's, in millimetres; enlarge (S, G) f4, bicubic enlargement of rows and of columns;
    bands (N, S / N, R) f4 and rows (N * R,) i8: its bands of rows, each of the R coarse rows that matter to it;
    span (H, K) f4, piers (K,) and bridged (H,) i8: map[bridged] = span @ map[piers] on flat texels, see layout.Bridge.
    """
    bridge = Bridge(layout.bridged)
    size = len(layout.mean)
    enlarge = cv2.resize(np.eye(coarse, dtype=np.float32), (coarse, size), interpolation=cv2.INTER_CUBIC)
    return {
        "mean": layout.mean,
        "enlarge": enlarge,
        **_in_bands(enlarge),
        "span": bridge.matrix,
        "piers": np.ravel_multi_index(bridge.piers, layout.bridged.shape),
        "bridged": np.flatnonzero(layout.bridged),
    }


def _in_bands(matrix: np.ndarray) -> dict[str, np.ndarray]:
    bands = matrix.reshape(BANDS, -1, matrix.shape[1])
    ends = [np.flatnonzero(band.any(0))[[0, -1]] for band in bands]
    width = max(last - first + 1 for first, last in ends)
    firsts = [min(first, matrix.shape[1] - width) for first, _ in ends]
    parts = [band[:, first : first + width] for band, first in zip(bands, firsts, strict=True)]
    return {"bands": np.stack(parts), "rows": np.add.outer(firsts, np.arange(width)).ravel()}
