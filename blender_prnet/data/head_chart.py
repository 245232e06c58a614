# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the extension's own head lies on the UV layout of captures, and how far it is covered by them."""

from functools import cache
from pathlib import Path

import numpy as np

RIM = 6  # rings of vertices over which what a capture shows gives way to the head's own texture


@cache
def head_chart(head_file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return each vertex' place (V, 2), u and v up, 0 where it has none, and its share (V,) of the capture, 0 to 1.

    Raises OSError.
    """
    with np.load(head_file, allow_pickle=False) as stored:
        count, chart, faces = len(stored["neutral"]), stored["chart"], stored["faces"]
    places = np.full((count, 2), np.nan)
    places[: len(chart)] = chart
    on_face = ~np.isnan(places[:, 0])
    rings = np.where(on_face, RIM, 0)
    faces = np.where(faces < 0, faces[:, :1], faces)  # the fourth corner that a triangle lacks
    for ring in range(RIM - 1):
        rim = np.zeros(count, bool)
        rim[faces[(rings[faces] <= ring).any(1)]] = True
        rings[rim & (rings > ring + 1)] = ring + 1
    places[:, 1] = 1 - places[:, 1]
    share = rings / RIM
    return np.nan_to_num(places).astype(np.float32), (share * share * (3 - 2 * share)).astype(np.float32)
