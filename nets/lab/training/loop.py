# SPDX-License-Identifier: GPL-3.0-or-later
"""The training run of a face network: other processes draw the faces, and the best weights become a bundle."""

import datetime
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from nets.errors import BundleError
from nets.lab.bundle_writing import replacing_folder
from nets.lab.face_chart import build_layout
from nets.lab.synth.buffer import (
    DATA_VERSION,
    HELD_OUT_SHARD,
    SHARD_FACES,
    Buffer,
    draw_records,
    start_generators,
    wait_for_faces,
)
from nets.lab.synth.face import stored_size
from nets.lab.synth.generator import FaceGenerator
from nets.lab.training.architectures import training_task
from nets.lab.training.batches import FaceSamples, held_out_samples
from nets.lab.training.evaluation import contact_sheet, measure_photos, measure_synthetic, to_input
from nets.lab.training.muon import optimisers
from nets.lab.training.photos import TruePhoto, find_photos, load_photos
from nets.lab.training.run import Schedule, Trainer, log_row, run_training
from nets.lab.training.targets import CoarseModel
from nets.lab.training.tasks import TrainingTask
from nets.model.bundle import load_bundle, write_record
from nets.model.networks.loading import load_network, save_network
from nets.topology.face_model import load_face_model

HELD_OUT_FACES = SHARD_FACES
FACES_FOR_BASES = 1500
LEAST_FACES = 4 * SHARD_FACES  # before training starts
EVALUATE_MINUTES = 5.0
SHEET_FACES = 24


@dataclass(frozen=True)
class TrainingSettings:
    """What a run is asked for; the options of `python -m nets train` say what each means."""

    minutes: float
    network: str
    start: Path
    run: Path
    buffer: Path
    shards: int
    generators: int
    threads: int
    loaders: int
    device: str
    batch: int
    rate: float
    real: Path | None
    face_model: Path | None


def train(settings: TrainingSettings) -> None:
    """Train until the run is as long as the settings say. A run whose folder holds a state resumes.

    Raises UsageError where there are no faces to train on and no process draws any.
    """
    torch.set_num_threads(settings.threads)
    settings.run.mkdir(parents=True, exist_ok=True)
    task_class = training_task(settings.network)
    size = stored_size(task_class.input_size)
    generators = start_generators(settings.buffer, settings.shards, settings.generators, settings.face_model, size)
    generator = FaceGenerator(load_face_model(settings.face_model), size)
    layout = build_layout(generator.model, generator.chart)
    coarse = CoarseModel(generator.model, generator.chart, layout.weights).to(settings.device)
    task = task_class(coarse, layout)
    folder = find_photos(settings.real)
    held_out = held_out_samples(draw_records(generator, HELD_OUT_SHARD, HELD_OUT_FACES), task.input_size)
    evaluator = Evaluator(settings.run, held_out, load_photos(folder) if folder else [], task)

    wait_for_faces(settings.buffer, LEAST_FACES, generators, size)
    trainer = FaceTrainer(*_start(settings, task), task, settings.rate)
    state = settings.run / "state.pt"
    if state.exists():
        trainer.load(state)

    samples = FaceSamples(settings.buffer, task.input_size, seed=int(time.time()))
    batches = iter(DataLoader(samples, settings.batch, num_workers=settings.loaders, prefetch_factor=6))
    run_training(
        trainer,
        lambda share_done: {"loss": trainer.learn(next(batches), share_done)},
        lambda losses: evaluator.evaluate(trainer, losses.get("loss", 0.0)),
        state,
        settings.minutes,
        EVALUATE_MINUTES,
        "faces",
    )


class FaceTrainer(Trainer):
    """A face network in training."""

    def __init__(self, network: nn.Module, faces: int, task: TrainingTask, rate: float):
        self._task, self._device = task, task.coarse.mean.device
        network = network.to(self._device, memory_format=torch.channels_last)
        schedule = Schedule(rate, warm_up_steps=300, cool_down_share=0.6, average_decay=0.999, longest_gradient=1.0)
        super().__init__(network, optimisers(network, rate), schedule, faces)

    def learn(self, batch: dict[str, Tensor], share_done: float) -> float:
        """Take one step on a batch of samples, and return the loss before it."""
        batch = {name: tensor.to(self._device, non_blocking=True) for name, tensor in batch.items()}
        loss = self._task.loss(self.network, to_input(batch["image"]), self._task.coarse.truth(batch))
        self.step(loss, len(batch["image"]), share_done)
        return float(loss.detach())


class Evaluator:
    """Measures a network now and then; keeps the log, a contact sheet and the best weights in a folder."""

    def __init__(self, folder: Path, held_out: dict[str, Tensor], photos: list[TruePhoto], task: TrainingTask):
        held_out = {name: tensor.to(task.coarse.mean.device) for name, tensor in held_out.items()}
        self._images, self._truth = held_out["image"], task.coarse.truth(held_out)
        self._folder, self._photos, self._task = folder, photos, task

    def evaluate(self, trainer: Trainer, loss: float) -> None:
        """Measure the averaged network, and keep it if it is the best so far."""
        network, progress = trainer.average, trainer.progress
        synthetic = measure_synthetic(network, self._images, self._truth, self._task)
        real = measure_photos(network, self._photos, self._task) if self._photos else {}
        row = {"faces": progress.samples, "minutes": round(progress.minutes, 2), "loss": round(loss, 5)}
        row |= {f"synthetic {name}": round(value, 3) for name, value in synthetic.items()}
        row |= {f"real {name}": round(value, 3) for name, value in real.items()}
        log_row(self._folder / "log.csv", row)
        sheet = contact_sheet(network, self._images[:SHEET_FACES], self._truth.landmarks, self._photos, self._task)
        cv2.imwrite(str(self._folder / "sheet.png"), sheet[..., ::-1])
        score = synthetic["2D"] + synthetic["aligned"]
        if score < progress.best:
            progress.best = score
            self._keep(network, row)

    def _keep(self, network: nn.Module, row: dict) -> None:
        training = {
            "faces_seen": row["faces"],
            "data": f"synthetic faces only, generator version {DATA_VERSION}",
            "date": datetime.date.today().isoformat(),
        }
        errors = {name: value for name, value in row.items() if name.startswith(("synthetic", "real"))}
        with replacing_folder(self._folder / "bundle") as folder:
            save_network(network, folder / "model.safetensors")
            self._task.layout_of(network).save(folder / "layout.npz")
            write_record(folder, self._task.architecture, self._task.input_size, training, errors)


def _start(settings: TrainingSettings, task: TrainingTask) -> tuple[nn.Module, int]:
    """Return the starting bundle's network and the faces it has seen, or a new one with bases from drawn faces."""
    if (settings.start / "model.toml").exists():
        bundle = load_bundle(settings.start)
        if bundle.architecture != task.architecture:
            message = f"this is a {bundle.architecture} network, not a {task.architecture} one"
            raise BundleError(message, settings.start, f"Choose --network {bundle.architecture}, or another --start")
        return load_network(bundle), bundle.record["training"]["faces_seen"]
    buffer = Buffer(settings.buffer, stored_size(task.input_size))
    buffer.refresh()
    torch.manual_seed(0)
    some = held_out_samples(buffer.sample(np.random.default_rng(0), FACES_FOR_BASES), task.input_size)
    device = task.coarse.mean.device
    return task.build_network(task.coarse.truth({name: tensor.to(device) for name, tensor in some.items()})), 0
