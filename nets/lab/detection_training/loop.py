# SPDX-License-Identifier: GPL-3.0-or-later
"""The training run of the face detector: another process composes the scenes."""

import copy
import datetime
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.utils.data import DataLoader

from nets.lab.detection_training.bank import HELD_OUT, make_bank
from nets.lab.detection_training.composer import Composer
from nets.lab.detection_training.evaluation import measure
from nets.lab.detection_training.network import DetectorNetwork
from nets.lab.detection_training.quantisation import quantise
from nets.lab.detection_training.samples import SceneSamples
from nets.lab.detection_training.scenes import SCENE_SIZE, Scene
from nets.lab.detection_training.targets import losses
from nets.lab.synth.buffer import find_shards
from nets.lab.training.precision import half_precision
from nets.lab.training.run import Schedule, Trainer, describe, log_row, run_training
from nets.model.bundle import sha256
from nets.model.detection.network import BLOCKS, EIGHT_BITS, EXACT, NetworkDetector

HELD_OUT_SCENES = 300
CALIBRATION_SCENES = 100  # of them, on which the ranges for eight bits are measured
EVALUATE_MINUTES = 4.0
WEIGHT_DECAY = 0.01


@dataclass(frozen=True)
class DetectorSettings:
    """What a run is asked for; the options of `python -m nets train-detector` say what each means."""

    minutes: float
    start: Path
    run: Path
    bank: Path
    buffer: Path
    cut_outs: int
    batch: int
    rate: float


def train(settings: DetectorSettings) -> None:
    """Train until the run is as long as the settings say. A run whose folder holds a state resumes.

    Raises UsageError where there is neither a bank nor faces to make it from.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(1)  # a pool of threads that was used before the worker forks would hang it
    settings.run.mkdir(parents=True, exist_ok=True)
    if not settings.bank.exists():
        make_bank(settings.bank, find_shards(settings.buffer), settings.cut_outs)
    composer, rng = Composer(np.load(settings.bank, mmap_mode="r")[-HELD_OUT:]), np.random.default_rng(0)
    held_out = [composer.draw(rng) for _ in range(HELD_OUT_SCENES)]

    trainer = DetectorTrainer(settings.rate)
    if (settings.start / "model.safetensors").exists():
        trainer.start_from(settings.start / "model.safetensors")
    state = settings.run / "state.pt"
    if state.exists():
        trainer.load(state)
    trainer.progress.minutes = 0.0  # each call trains for as long as it is asked to
    samples = SceneSamples(settings.bank, int(time.time()))
    batches = iter(DataLoader(samples, settings.batch, num_workers=1, prefetch_factor=4))
    run_training(
        trainer,
        lambda share_done: trainer.learn(*next(batches), share_done),
        lambda losses: evaluate(settings.run, trainer, held_out, losses),
        state,
        settings.minutes,
        EVALUATE_MINUTES,
        "scenes",
    )


class DetectorTrainer(Trainer):
    """A face detector in training."""

    def __init__(self, rate: float):
        torch.manual_seed(0)
        network = DetectorNetwork().to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True)
        schedule = Schedule(rate, warm_up_steps=200, cool_down_share=0.4, average_decay=0.998, longest_gradient=5.0)
        super().__init__(network, [optimiser], schedule)

    def learn(self, blocks: Tensor, target: Tensor, share_done: float) -> dict[str, float]:
        """Take one step on a batch of samples, and return the parts of the loss before it."""
        with half_precision(torch.device("cpu")):
            answer = self.network(blocks.to(memory_format=torch.channels_last).float() / 255)
        parts = losses(answer.float(), target)
        self.step(sum(parts.values()), len(blocks), share_done)
        return {name: float(part.detach()) for name, part in parts.items()}

    def start_from(self, file: Path) -> None:
        """Take the weights of a model.safetensors."""
        for network in (self.network, self.average):
            network.load_state_dict(load_file(file))


def evaluate(folder: Path, trainer: Trainer, held_out: list[Scene], losses: dict[str, float]) -> None:
    """Write the weights as they are now, measure them as users run them, and log the figures."""
    export(trainer.average, folder)
    quantise(folder / EXACT, (scene.image for scene in held_out[:CALIBRATION_SCENES]), folder / EIGHT_BITS)
    row = {"scenes": trainer.progress.samples, "loss": describe(losses)}
    write_record(folder, row)
    row |= {name: round(value, 2) for name, value in measure(NetworkDetector(folder), held_out).items()}
    write_record(folder, row)
    log_row(folder / "log.csv", row)


def export(network: DetectorNetwork, folder: Path) -> None:
    """Write model.safetensors, for further training, and detector.onnx, whose input is pixels from 0 to 255."""
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, folder / "model.safetensors")
    network = copy.deepcopy(network).eval().to(memory_format=torch.contiguous_format)
    with torch.no_grad():
        network.stem[0].weight /= 255
    blocks = torch.zeros(1, 48, SCENE_SIZE // 4, SCENE_SIZE // 4)
    axes = {name: {2: f"{name} height", 3: f"{name} width"} for name in (BLOCKS, "answer")}
    with warnings.catch_warnings():  # OpenCV 4 reads what the older exporter writes
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (blocks,),
            str(folder / EXACT),
            dynamo=False,
            opset_version=13,
            input_names=[BLOCKS],
            output_names=["answer"],
            dynamic_axes=axes,
        )


def write_record(folder: Path, row: dict) -> None:
    """Write detector.toml: what the weights were trained on, their errors, and the files' checksums."""
    parts = [part for part in (EXACT, EIGHT_BITS, "model.safetensors") if (folder / part).exists()]
    lines = ['licence = "CC0-1.0"', "", "[training]", f"scenes_seen = {row['scenes']}"]
    lines += ['data = "composed scenes of synthetic faces only"', f'date = "{datetime.date.today().isoformat()}"']
    lines += ["", "[errors]", *(f'"{name}" = {row[name]}' for name in row if name not in ("scenes", "loss"))]
    lines += [
        "",
        "[sha256]",
        *(f'"{part}" = "{sha256(folder / part)}"' for part in parts),
    ]
    (folder / "detector.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
