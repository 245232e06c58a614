# SPDX-License-Identifier: GPL-3.0-or-later
"""The arrays with which a network's coarse shape becomes the layout's full map, the same for every engine."""

import cv2
import numpy as np

from nets.geometry.uv_layout import HarmonicFill, UVLayout

BANDS = 8  # of the full map's rows: each depends on few coarse rows, so that most of the products with zero are saved


def upsampling_arrays(layout: UVLayout, coarse: int) -> dict[str, np.ndarray]:
    """Return the arrays for a coarse grid of G x G texels under a layout of S x S.

    mean: (S, S, 3) float32, the layout's mean face, millimetres
    upsample: (S, G) float32, bicubic upsampling of rows and of columns
    row_bands: (N, S / N, R) float32, the same matrix in N bands of rows, each for the R coarse rows it depends on
    band_rows: (N * R,) int64, those coarse rows
    fill_matrix: (H, K) float32, boundary: (K,) int64, filled: (H,) int64, see HarmonicFill; on flat texels
        map[filled] = fill_matrix @ map[boundary]
    """
    fill = HarmonicFill(layout.bridged)
    size = len(layout.mean)
    upsample = cv2.resize(np.eye(coarse, dtype=np.float32), (coarse, size), interpolation=cv2.INTER_CUBIC)
    return {
        "mean": layout.mean,
        "upsample": upsample,
        **_in_bands(upsample),
        "fill_matrix": fill.matrix,
        "boundary": np.ravel_multi_index(fill.boundary, layout.bridged.shape),
        "filled": np.flatnonzero(layout.bridged),
    }


def _in_bands(matrix: np.ndarray) -> dict[str, np.ndarray]:
    bands = matrix.reshape(BANDS, -1, matrix.shape[1])
    ends = [np.flatnonzero(band.any(0))[[0, -1]] for band in bands]
    width = max(last - first + 1 for first, last in ends)
    firsts = [min(first, matrix.shape[1] - width) for first, _ in ends]
    parts = [band[:, first : first + width] for band, first in zip(bands, firsts, strict=True)]
    return {"row_bands": np.stack(parts), "band_rows": np.add.outer(firsts, np.arange(width)).ravel()}
