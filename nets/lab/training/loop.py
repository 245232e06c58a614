# SPDX-License-Identifier: GPL-3.0-or-later
"""The training run: faces are drawn beside it, progress is shown, measured every few minutes, and the best is kept."""

import argparse
import csv
import datetime
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from nets.errors import BundleError
from nets.lab.face_chart import build_layout
from nets.lab.synth.buffer import DATA_VERSION, HELD_OUT_SHARD, SHARD_FACES, Buffer, draw_records, start_generators
from nets.lab.synth.generator import FaceGenerator
from nets.lab.training.batches import FaceSamples, held_out_samples
from nets.lab.training.evaluation import contact_sheet, measure_photos, measure_synthetic
from nets.lab.training.photos import TruePhoto, find_photos, load_photos
from nets.lab.training.targets import CoarseModel
from nets.lab.training.tasks import LESSONS, Lesson
from nets.lab.training.trainer import Trainer
from nets.model.bundle import WEIGHTS_FOLDER, load_bundle, write_record
from nets.model.networks.loading import load_network, save_network
from nets.topology.face_model import load_face_model

HELD_OUT_FACES = SHARD_FACES
FACES_FOR_BASES = 1500
LEAST_FACES = 4 * SHARD_FACES  # before training starts
EVALUATE_MINUTES = 5.0
SHEET_FACES = 24


def train(args: argparse.Namespace) -> None:
    """One run of `python -m nets train`, see nets/lab/commands/train.py."""
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    start_generators(args.buffer, args.shards, args.generators, args.face_model)
    generator = FaceGenerator(load_face_model(args.face_model))
    layout = build_layout(generator.model, generator.chart)
    coarse = CoarseModel(generator.model, generator.chart, layout.weights).to(args.device)
    lesson = LESSONS[args.network](coarse, layout)
    folder = find_photos(args.real)
    held_out = held_out_samples(draw_records(generator, HELD_OUT_SHARD, HELD_OUT_FACES), lesson.input_size)
    judge = Judge(args.run, held_out, load_photos(folder) if folder else [], lesson)

    network, faces = _start(args, lesson)
    trainer = Trainer(network, lesson, args.rate, faces)
    state = args.run / "state.pt"
    if state.exists():
        trainer.load(state)
    progress = trainer.progress

    samples = FaceSamples(args.buffer, lesson.input_size, seed=int(time.time()))
    batches = iter(DataLoader(samples, args.batch, num_workers=args.loaders, prefetch_factor=6))
    began, earlier, faces_before, judged = time.monotonic(), progress.minutes, progress.faces, progress.minutes
    recent: list[float] = []
    with tqdm(total=round(args.minutes, 1), bar_format="{l_bar}{bar}| {postfix}") as bar:
        while progress.minutes < args.minutes:
            recent = [*recent[-299:], trainer.learn(next(batches), progress.minutes / args.minutes)]
            elapsed = time.monotonic() - began
            progress.minutes = earlier + elapsed / 60
            if progress.step % 20 == 0:
                bar.n = round(min(progress.minutes, args.minutes), 1)
                speed, left = (progress.faces - faces_before) / elapsed, max(args.minutes - progress.minutes, 0)
                loss = f"loss {np.mean(recent):.4f}"
                bar.set_postfix_str(f"{progress.faces} faces, {speed:.0f} faces/s, {loss}, {left:.0f} min left")
            if progress.minutes - judged > EVALUATE_MINUTES:
                judged = progress.minutes
                judge.judge(trainer, float(np.mean(recent)))
                trainer.save(state)
    judge.judge(trainer, float(np.mean(recent or [0.0])))
    trainer.save(state)


class Judge:
    """Measures a network now and then, keeps the log, a contact sheet and the best weights."""

    def __init__(self, folder: Path, held_out: dict[str, Tensor], photos: list[TruePhoto], lesson: Lesson):
        held_out = {name: tensor.to(lesson.coarse.mean.device) for name, tensor in held_out.items()}
        self._images, self._truth = held_out["image"], lesson.coarse.truth(held_out)
        self._folder, self._photos, self._lesson = folder, photos, lesson

    def judge(self, trainer: Trainer, loss: float) -> None:
        network, progress = trainer.average, trainer.progress
        synthetic = measure_synthetic(network, self._images, self._truth, self._lesson)
        real = measure_photos(network, self._photos, self._lesson) if self._photos else {}
        row = {"faces": progress.faces, "minutes": round(progress.minutes, 1), "loss": round(loss, 5)}
        row |= {f"synthetic {name}": round(value, 3) for name, value in synthetic.items()}
        row |= {f"real {name}": round(value, 3) for name, value in real.items()}
        self._log(row)
        sheet = contact_sheet(network, self._images[:SHEET_FACES], self._truth, self._photos, self._lesson)
        cv2.imwrite(str(self._folder / "sheet.png"), sheet[..., ::-1])
        score = synthetic["2D"] + synthetic["aligned"]
        if score < progress.best:
            progress.best = score
            self._keep(network, row)

    def _log(self, row: dict) -> None:
        tqdm.write("  ".join(f"{name} {value}" for name, value in row.items()))
        file = self._folder / "log.csv"
        new = not file.exists()
        with file.open("a", newline="") as stream:
            writer = csv.DictWriter(stream, row)
            if new:
                writer.writeheader()
            writer.writerow(row)

    def _keep(self, network: nn.Module, row: dict) -> None:
        folder = self._folder / "bundle"
        folder.mkdir(parents=True, exist_ok=True)
        save_network(network, folder / "model.safetensors")
        self._lesson.layout_of(network).save(folder / "layout.npz")
        training = {
            "faces_seen": row["faces"],
            "data": f"synthetic faces only, generator version {DATA_VERSION}",
            "date": datetime.date.today().isoformat(),
        }
        errors = {name: value for name, value in row.items() if name.startswith(("synthetic", "real"))}
        write_record(folder, self._lesson.architecture, self._lesson.input_size, training, errors)


def _start(args: argparse.Namespace, lesson: Lesson) -> tuple[nn.Module, int]:
    """(the starting bundle's network, the faces it has seen), or a new one with bases from the generated faces."""
    start = args.start or WEIGHTS_FOLDER / lesson.architecture
    if Path(start / "model.toml").exists():
        bundle = load_bundle(start)
        if bundle.architecture != lesson.architecture:
            message = f"this is a {bundle.architecture} network, not a {lesson.architecture} one"
            raise BundleError(message, start, f"Choose --network {bundle.architecture}, or another --start")
        return load_network(bundle), bundle.record["training"]["faces_seen"]
    buffer = Buffer(args.buffer)
    while buffer.refresh() < LEAST_FACES:
        time.sleep(5)
    torch.manual_seed(0)
    some = held_out_samples(buffer.sample(np.random.default_rng(0), FACES_FOR_BASES), lesson.input_size)
    device = lesson.coarse.mean.device
    return lesson.begin(lesson.coarse.truth({name: tensor.to(device) for name, tensor in some.items()})), 0
