# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the reading of pictures (nets/performance/picture_reading.py), and measure how far it is to be believed.

Series of pictures of synthetic people are tracked as clips are. The people of the first files are held out: on them
noise and gain of the readings are measured.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file

from nets.io.files import make_folder, replace_npz
from nets.lab.training.picture_network import PictureTrainer, export
from nets.lab.training.picture_series import PICTURES, SeenSeries, see_series
from nets.lab.training.run import describe, log_row, run_training
from nets.lab.training.weight_regression import gain_of, slope_and_correlation, still_motion
from nets.model.detection.network import open_session
from nets.performance.motion_reading import load_motion_reading
from nets.performance.picture_reading import GRAPH, KEYS, LEVELS, PictureLevels, PictureReading
from nets.performance.tracker import Tracker
from nets.topology.arkit import OTHER_SIDE

HELD_OUT = 0.1  # share of the files
RESTS = 0, 2  # the pictures of a held-out series that are taken for its rest
EVALUATE_MINUTES = 4.0
SMOOTHED = 0.8  # share of a picture's noise that is left where clips are smoothed
STATE, WEIGHTS = "state.pt", "pictures.safetensors"


@dataclass(frozen=True)
class PictureSettings:
    """What a run is asked for; the options of `python -m nets train-pictures` say what each means."""

    minutes: float
    start: Path
    run: Path
    batch: int
    rate: float


def train(settings: PictureSettings, tracker: Tracker, files: list[Path]) -> dict[str, np.ndarray]:
    """Train until the run is as long as the settings say, and write the reading to the run's folder.

    Returns tables (52, 2) of each weight's slope and correlation of held-out people's differences from a rest, with
    motion alone and with pictures. A run whose folder holds a state resumes.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    seen = [see_series(tracker, file) for file in files]
    first = max(int(HELD_OUT * len(seen)), 1)
    held_out = SeenSeries.joined(seen[:first])
    trainer = PictureTrainer(SeenSeries.joined(seen[first:]), settings.rate, len(files))
    folder = make_folder(settings.run)
    if settings.start.exists():
        for network in (trainer.network, trainer.average):
            network.load_state_dict(load_file(settings.start))
    if (folder / STATE).exists():
        trainer.load(folder / STATE)
    trainer.progress.minutes = 0.0  # each call trains for as long as it is asked to

    tables: dict[str, np.ndarray] = {}

    def evaluate(losses: dict[str, float]) -> None:
        tables.update(write_reading(trainer, folder, held_out))
        mean = {f"correlation with {how}": round(float(table[KEYS, 1].mean()), 3) for how, table in tables.items()}
        log_row(folder / "log.csv", {"pairs": trainer.progress.samples, "loss": describe(losses), **mean})

    run_training(
        trainer,
        lambda share_done: trainer.learn(settings.batch, share_done),
        evaluate,
        folder / STATE,
        settings.minutes,
        EVALUATE_MINUTES,
        "pairs",
    )
    return tables  # of the evaluation with which every run ends


def write_reading(trainer: PictureTrainer, folder: Path, held_out: SeenSeries) -> dict[str, np.ndarray]:
    """Write the network as it is now, with noise and gain of its readings. Returns tables as `train` does."""
    save_file({name: value.contiguous() for name, value in trainer.average.state_dict().items()}, folder / WEIGHTS)
    export(trainer.average, folder / GRAPH)
    motion = load_motion_reading()
    as_motion = PictureReading(open_session((folder / GRAPH).read_bytes()), PictureLevels(motion.noise, motion.gain))
    said, found, true = held_out_differences(as_motion, held_out)
    tables = {"motion": slope_and_correlation(said, true), "pictures": slope_and_correlation(found, true)}
    noise, gain = motion.noise.copy(), motion.gain.copy()
    # Of a difference only half is noise of the picture itself.
    noise[KEYS] = SMOOTHED * np.sqrt(0.5) * still_motion(found, true)[KEYS]
    gain[KEYS] = gain_of(tables["pictures"])[KEYS]
    replace_npz(folder / LEVELS, vars(PictureLevels(noise.astype(np.float32), gain.astype(np.float32))))
    return tables


def held_out_differences(reading: PictureReading, series: SeenSeries) -> tuple[np.ndarray, ...]:
    """Return differences (M, 52) from a rest as motion says them, as it says them with pictures, and the true ones."""
    parts = []
    for views, readings, weights in zip(series.views, series.readings, series.weights, strict=True):
        for rest in RESTS:
            others = np.delete(np.arange(PICTURES), rest)
            above = readings[others] - readings[rest]
            added = reading.added(views[rest], views[others], above)
            parts.append((above, above + added, weights[others] - weights[rest]))
    differences = (np.concatenate(each) for each in zip(*parts, strict=True))
    return tuple(np.concatenate([each, each[:, OTHER_SIDE]]) for each in differences)
