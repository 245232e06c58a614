# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit the reading of ARKit's weights from the motion of a tracked face (nets/performance/motion_reading.py).

The faces are series of pictures of synthetic people, seen by the network that tracks; what is regressed is how the
network's shapes and answers differ within a series on how the true weights differ.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import default_collate

from nets.geometry.coarse_map import COARSE
from nets.lab.face_chart import build_layout
from nets.lab.synth.generator import FaceGenerator
from nets.lab.synth.series import write_shards
from nets.lab.training.batches import make_sample
from nets.lab.training.evaluation import to_input
from nets.lab.training.targets import CoarseModel
from nets.lab.training.weight_regression import gain_of, ridge, slope_and_correlation, still_motion
from nets.model.bundle import Bundle
from nets.model.networks.loading import load_network
from nets.model.networks.shape_codes import MILLIMETRES
from nets.performance.motion_reading import MotionReading, without_pose
from nets.topology.arkit import NAMES, OTHER_SIDE, named_weights

PICTURES = 4  # of a series
SHARD_SERIES = 125
SEED = 77
HELD_OUT = 0.1  # share of the series that noise and gain are measured on
RIDGE = 100.0  # of a standardised coefficient's square, in samples


def write_series(generator: FaceGenerator, folder: Path, shards: int) -> None:
    """Draw those shards of series that are not there yet, of records (SHARD_SERIES * PICTURES,)."""
    write_shards(generator, folder, shards, SEED, SHARD_SERIES, PICTURES)


def fit_motion_reading(bundle: Bundle, generator: FaceGenerator, folder: Path) -> tuple[MotionReading, dict]:
    """Fit the reading to all series of a folder.

    Returns it with the slope and the correlation of each weight's readings on held-out series, without gain.
    """
    texels = _texels(bundle)
    values, truth = map(np.concatenate, zip(*_differences(bundle, generator, folder, texels), strict=True))
    spread = np.concatenate([np.full(3 * len(texels), values[:, : 3 * len(texels)].std()), values[:, -53:].std(0)])
    spread = np.maximum(spread, 1e-3)
    held_out = int(HELD_OUT * len(values)) // PICTURES * PICTURES
    coefficients = ridge(values[held_out:], truth[held_out:], spread, RIDGE)
    found, true = values[:held_out] @ coefficients, truth[:held_out]
    table = slope_and_correlation(found, true)
    # Of the differences from a series' mean only a part is noise of the picture itself.
    noise = np.sqrt(PICTURES / (PICTURES - 1)) * still_motion(found, true)
    arrays = coefficients, _both_sides(noise), _both_sides(gain_of(table))
    reading = MotionReading(texels.astype(np.int32), *(array.astype(np.float32) for array in arrays))
    return reading, dict(zip(NAMES, table.tolist(), strict=True))


def _texels(bundle: Bundle) -> np.ndarray:
    """Return the coarse texels (P,) of the layout's anchors."""
    row, column = (bundle.layout.anchors // (len(bundle.layout.mask) // COARSE)).astype(int).T
    return row * COARSE + column


def _differences(
    bundle: Bundle, generator: FaceGenerator, folder: Path, texels: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield, of a series at a time, what the reading sees (PICTURES, N) and the weights (PICTURES, 52), both without
    their mean over the series."""
    network = load_network(bundle).eval()
    layout = build_layout(generator.model, generator.chart)
    coarse = CoarseModel(generator.model, generator.chart, layout.weights)
    for file in sorted(folder.glob("series-*.npy")):
        records = np.load(file)
        for first in range(0, len(records), PICTURES):
            seed = first, int(file.stem[-6:])
            rng = np.random.default_rng(seed)
            batch = default_collate(
                [
                    make_sample(record, rng, bundle.input_size, clip=np.random.default_rng((*seed, 1)))
                    for record in records[first : first + PICTURES]
                ]
            )
            with torch.inference_mode():
                output, truth = network(to_input(batch["image"])), coarse.truth(batch)
            shape = output.estimates[-1].shape[:, texels].double().numpy() * MILLIMETRES
            motion = without_pose(shape - shape.mean(0), shape.mean(0))
            values = np.concatenate([motion, output.expression.clamp(0, 1).double().numpy()], 1)
            weights = named_weights(truth.expression.numpy())
            yield values - values.mean(0), weights - weights.mean(0)


def _both_sides(values: np.ndarray) -> np.ndarray:
    """Return values (52,) of NAMES with those of left and right averaged."""
    return (values + values[OTHER_SIDE]) / 2
