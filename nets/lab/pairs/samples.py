# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples of training pairs, as the network in training sees them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from nets.errors import UnreadableError
from nets.geometry.uv_layout import SIZE
from nets.lab.pairs.augmentation import augment_pair
from nets.lab.pairs.files import PairFiles, read_pair


class PairSamples(IterableDataset):
    """Endless random samples of pairs, each time augmented in another way. A pair that cannot be read is left out.

    A sample holds image (256, 256, 3) uint8 and maps (3, 256, 256) float32, see `normalised`.
    """

    def __init__(self, pairs: Sequence[PairFiles], mask: np.ndarray, seed: int):
        self._pairs, self._mask, self._seed = pairs, mask, seed

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        cv2.setNumThreads(0)
        worker = get_worker_info()
        rng = np.random.default_rng((self._seed, worker.id if worker else 0))
        pairs = list(self._pairs)
        while pairs:
            number = int(rng.integers(len(pairs)))
            try:
                photo, position_map = read_pair(pairs[number])
            except UnreadableError as error:
                print(f"left out: {error}", file=sys.stderr)
                del pairs[number]
                continue
            photo, position_map = augment_pair(rng, photo, position_map, self._mask)
            yield {"image": photo, "maps": normalised(position_map)}


def held_out_pairs(pairs: Sequence[PairFiles]) -> dict[str, torch.Tensor]:
    """Return the samples of pairs as they are. Raises UnreadableError."""
    read = [read_pair(pair) for pair in pairs]
    return torch.utils.data.default_collate(
        [{"image": photo, "maps": normalised(position_map)} for photo, position_map in read]
    )


def normalised(position_map: np.ndarray) -> np.ndarray:
    """Return a map in pixels (256, 256, 3) as planes (3, 256, 256) in the network's units: the crop from -1 to 1.

    z, which is 0 at the farthest vertex, is shifted like x and y: that is how PRN's own weights are imported.
    """
    return np.ascontiguousarray(((position_map + 0.5) * np.float32(2 / SIZE) - 1).transpose(2, 0, 1))
