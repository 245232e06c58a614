# SPDX-License-Identifier: GPL-3.0-or-later
"""The training run of ResFCN256 on pairs of photos and position maps, as PRN was trained."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from nets.errors import BundleError, UsageError
from nets.geometry.uv_layout import UVLayout
from nets.lab.accuracy.measures import YAW_BINS, yaw_groups
from nets.lab.bundle_writing import replacing_folder
from nets.lab.pairs.files import PairFiles, find_pairs, load_pairs_layout
from nets.lab.pairs.samples import PairSamples, held_out_pairs
from nets.lab.prn.weights import ANCHORS, without_judgement
from nets.lab.training.evaluation import contact_sheet, landmark_errors, photo_errors, to_input
from nets.lab.training.map_losses import weighted_distance
from nets.lab.training.muon import optimisers
from nets.lab.training.photos import TruePhoto, find_photos, load_photos
from nets.lab.training.precision import half_precision
from nets.lab.training.run import Schedule, Trainer, log_row, run_training
from nets.lab.training.tasks import FacePrediction
from nets.model.bundle import load_bundle, write_record
from nets.model.networks.loading import load_network, save_network
from nets.model.networks.resfcn256 import INPUT_SIZE, ResFCN256

ARCHITECTURE = "resfcn256"
HELD_OUT_EVERY, MOST_HELD_OUT = 20, 200  # one in so many pairs is measured on instead of trained on
EVALUATE_MINUTES = 10.0
SHEET_FACES = 24
LICENCE = "not this project's: it depends on the pairs that the weights were trained on, see training.data"


@dataclass(frozen=True)
class PairTrainingSettings:
    """What a run on pairs is asked for; the options of `python -m nets train` say what each means."""

    minutes: float
    pairs: Path
    uv_data: Path | None
    start: Path | None
    run: Path
    threads: int
    loaders: int
    device: str
    batch: int
    rate: float
    real: Path | None


class PairTask:
    """What evaluation needs to know of the network."""

    input_size = INPUT_SIZE

    def __init__(self, layout: UVLayout):
        self._landmarks = torch.from_numpy(layout.landmarks).long()

    def landmarks_of(self, maps: Tensor) -> Tensor:
        """Return the landmarks (B, 68, 3) of maps (B, 3, 256, 256)."""
        row, column = self._landmarks.T
        return maps[:, :, row, column].transpose(1, 2)

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        return FacePrediction(self.landmarks_of(network(pictures).maps), None)


class PairTrainer(Trainer):
    """The network in training on pairs. weights: (256, 256), the texels' weights in the loss."""

    def __init__(self, network: nn.Module, layout: UVLayout, device: str, rate: float):
        network = network.to(device, memory_format=torch.channels_last)
        network.judge.requires_grad_(False)  # pairs teach nothing of what it tells
        self._device = torch.device(device)
        self._weights = torch.from_numpy(layout.weights / layout.weights.mean()).to(device)
        schedule = Schedule(rate, warm_up_steps=100, cool_down_share=0.6, average_decay=0.999, longest_gradient=1.0)
        super().__init__(network, optimisers(network, rate), schedule)

    def learn(self, batch: dict[str, Tensor], share_done: float) -> float:
        """Take one step on a batch of samples, and return the loss before it."""
        images, maps = (batch[name].to(self._device, non_blocking=True) for name in ("image", "maps"))
        with half_precision(self._device):
            output = self.network(to_input(images))
        loss = weighted_distance(output.maps, maps, self._weights).mean()
        self.step(loss, len(images), share_done)
        return float(loss.detach())


def train_on_pairs(settings: PairTrainingSettings) -> None:
    """Train until the run is as long as the settings say. A run whose folder holds a state resumes.

    Raises UsageError or UnreadableError where there are no pairs, BundleError where the start is another network.
    """
    torch.set_num_threads(settings.threads)
    layout = load_pairs_layout(settings.pairs, settings.uv_data)
    pairs = find_pairs(settings.pairs)
    held_out = pairs[::HELD_OUT_EVERY][:MOST_HELD_OUT]
    training = [pair for pair in pairs if pair not in held_out]
    if not training:
        raise UsageError("a single pair is not enough: one is kept to measure on", settings.pairs, "Add more pairs")
    settings.run.mkdir(parents=True, exist_ok=True)
    folder = find_photos(settings.real)
    photos = load_photos(folder) if folder else []
    evaluator = PairEvaluator(settings.run, held_out, photos, layout, settings.device)
    torch.manual_seed(0)
    trainer = PairTrainer(_start(settings.start), layout, settings.device, settings.rate)
    state = settings.run / "state.pt"
    if state.exists():
        trainer.load(state)
    samples = PairSamples(training, layout.mask, seed=int(time.time()))
    batches = iter(DataLoader(samples, settings.batch, num_workers=settings.loaders))

    def learn(share_done: float) -> dict[str, float]:
        batch = next(batches, None)
        if batch is None:
            raise UsageError("none of the pairs can be read", settings.pairs, "Make them again")
        return {"loss": trainer.learn(batch, share_done)}

    run_training(
        trainer,
        learn,
        lambda losses: evaluator.evaluate(trainer, losses.get("loss", 0.0)),
        state,
        settings.minutes,
        EVALUATE_MINUTES,
        "pairs",
    )


class PairEvaluator:
    """Measures a network now and then; keeps the log, a contact sheet and the best weights in a folder."""

    def __init__(
        self, folder: Path, held_out: Sequence[PairFiles], photos: list[TruePhoto], layout: UVLayout, device: str
    ):
        self._folder, self._photos, self._layout, self._task = folder, photos, layout, PairTask(layout)
        samples = held_out_pairs(held_out)
        self._images = samples["image"].to(device)
        self._landmarks = self._task.landmarks_of(samples["maps"])

    def evaluate(self, trainer: Trainer, loss: float) -> None:
        """Measure the averaged network, and keep it if it is the best so far on the pairs that are held out."""
        network, progress = trainer.average, trainer.progress
        held_out = landmark_errors(network, self._images, self._landmarks, self._task).mean(0)
        row = {"pairs": progress.samples, "minutes": round(progress.minutes, 2), "loss": round(loss, 5)}
        row |= {"held out 2D": round(float(held_out[0]), 3), "held out 3D": round(float(held_out[1]), 3)}
        row |= self._measure_photos(network)
        log_row(self._folder / "log.csv", row)
        sheet = contact_sheet(
            network, self._images[:SHEET_FACES], self._landmarks, self._photos[:SHEET_FACES], self._task
        )
        cv2.imwrite(str(self._folder / "sheet.png"), sheet[..., ::-1])
        if held_out[0] < progress.best:
            progress.best = float(held_out[0])
            self._keep(network, row)

    def _measure_photos(self, network: nn.Module) -> dict[str, float]:
        """Return the 2D errors on photos with known truth: of all, of each yaw bin, and the mean of the bins, in %."""
        if not self._photos:
            return {}
        errors = photo_errors(network, self._photos, self._task)[:, 0]
        groups = yaw_groups(np.array([photo.yaw for photo in self._photos]))
        bins = {name: float(errors[groups[name]].mean()) for name in YAW_BINS if name in groups}
        measured = {"": float(errors.mean())} | bins | {"mean of bins": sum(bins.values()) / len(bins)}
        return {f"real 2D {name}".strip(): round(value, 3) for name, value in measured.items()}

    def _keep(self, network: nn.Module, row: dict) -> None:
        training = {
            "pairs_seen": row["pairs"],
            "data": "pairs of photos and position maps",
            "date": datetime.date.today().isoformat(),
        }
        errors = {name: value for name, value in row.items() if name.startswith(("held out", "real"))}
        with replacing_folder(self._folder / "bundle") as folder:
            save_network(network, folder / "model.safetensors")
            self._layout.save(folder / "layout.npz")
            write_record(folder, ARCHITECTURE, INPUT_SIZE, training, errors, LICENCE)


def _start(start: Path | None) -> ResFCN256:
    """Return a new network, or the one of a bundle that was imported, or trained on pairs."""
    if start is None:
        return without_judgement(ResFCN256(ANCHORS))
    bundle = load_bundle(start)
    if bundle.architecture != ARCHITECTURE or len(bundle.layout.anchors):
        message = f"this {bundle.architecture} network was not trained on pairs"
        raise BundleError(message, start, "Start from a bundle of import-prn, or of a run on pairs")
    return load_network(bundle)
