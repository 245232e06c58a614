# SPDX-License-Identifier: GPL-3.0-or-later
"""The stream of samples that a detector learns from. Each scene is shown a few times, in other guises."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from nets.lab.detection_training.bank import HELD_OUT
from nets.lab.detection_training.composer import Composer
from nets.lab.detection_training.scenes import Scene
from nets.lab.detection_training.targets import targets_of
from nets.model.detection.network import to_blocks

SHOWN = 8  # times that a scene is shown: composing one takes longer than learning from it
KEPT = 600  # scenes at a time


class SceneSamples(IterableDataset):
    """Endless samples of (blocks (48, 64, 64) u1, target (6, 32, 32) f4) from a bank's training part."""

    def __init__(self, bank: Path, seed: int):
        self._bank, self._seed = bank, seed

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        worker = get_worker_info()
        rng = np.random.default_rng((self._seed, worker.id if worker else 0))
        composer = Composer(np.load(self._bank, mmap_mode="r")[:-HELD_OUT])
        kept: list[Scene] = []
        while True:
            scene = composer.draw(rng)
            again = [kept[rng.integers(len(kept))] for _ in range(SHOWN - 1)] if kept else []
            for each in (scene, *(in_another_guise(rng, old) for old in again)):
                yield to_blocks(each.image), targets_of(each)
            if len(kept) < KEPT:
                kept.append(scene)
            else:
                kept[rng.integers(KEPT)] = scene


def in_another_guise(rng: np.random.Generator, scene: Scene) -> Scene:
    """The scene mirrored or not, in another light."""
    tables = np.arange(256)[:, None] * np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.06, 3))
    image = cv2.LUT(scene.image, np.clip(tables, 0, 255).astype(np.uint8)[None])
    if rng.random() < 0.5:
        return replace(scene, image=image)
    centre = scene.centre * (-1, 1) + (image.shape[1] - 1, 0)
    return replace(scene, image=np.ascontiguousarray(image[:, ::-1]), centre=centre, roll=-scene.roll)
