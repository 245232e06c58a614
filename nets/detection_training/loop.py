# SPDX-License-Identifier: GPL-3.0-or-later
"""The detector's training run: scenes are composed beside it, and it is measured every few minutes."""

import argparse
import copy
import csv
import datetime
import time
import warnings
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from nets.bundle import sha256
from nets.detection.network import NetworkDetector
from nets.detection_training.bank import HELD_OUT, make_bank
from nets.detection_training.composer import Composer
from nets.detection_training.evaluation import measure
from nets.detection_training.network import DetectorNetwork
from nets.detection_training.samples import SceneSamples
from nets.detection_training.scenes import SCENE_SIZE
from nets.detection_training.targets import losses

HELD_OUT_SCENES = 300
EVALUATE_MINUTES = 4.0
WARM_UP_STEPS, COOL_DOWN_SHARE = 200, 0.4
AVERAGE_DECAY = 0.998
WEIGHT_DECAY = 0.01
LONGEST_GRADIENT = 5.0


def train(args: argparse.Namespace) -> None:
    """One run of `python -m nets train-detector`, see command.py."""
    torch.set_num_threads(1)
    cv2.setNumThreads(1)  # a pool of threads that was used before the worker forks would hang it
    args.run.mkdir(parents=True, exist_ok=True)
    if not args.bank.exists():
        make_bank(args.bank, sorted(args.buffer.glob("*.npy")), args.cut_outs)
    composer, rng = Composer(np.load(args.bank, mmap_mode="r")[-HELD_OUT:]), np.random.default_rng(0)
    held_out = [composer.draw(rng) for _ in range(HELD_OUT_SCENES)]

    trainer = Trainer(args.rate)
    if (args.start / "model.safetensors").exists():
        trainer.start_from(args.start / "model.safetensors")
    state = args.run / "state.pt"
    if state.exists():
        trainer.load(state)
    batches = iter(DataLoader(SceneSamples(args.bank, int(time.time())), args.batch, num_workers=1, prefetch_factor=4))
    began = judged = time.monotonic()
    recent: list[dict[str, float]] = []
    with tqdm(total=args.minutes, bar_format="{l_bar}{bar}| {postfix}") as bar:
        while (minutes := (time.monotonic() - began) / 60) < args.minutes:
            recent = [*recent[-199:], trainer.learn(*next(batches), minutes / args.minutes)]
            if trainer.step % 20 == 0:
                bar.n = round(minutes, 1)
                bar.set_postfix_str(
                    f"{trainer.scenes} scenes, {describe(recent)}, {args.minutes - minutes:.0f} min left"
                )
            if time.monotonic() - judged > EVALUATE_MINUTES * 60:
                judged = time.monotonic()
                judge(args.run, trainer, held_out, recent)
                trainer.save(state)
    judge(args.run, trainer, held_out, recent)
    trainer.save(state)


class Trainer:
    """average is the exponential moving average of the network's weights: what is measured and kept."""

    def __init__(self, rate: float):
        torch.manual_seed(0)
        self.network = DetectorNetwork().to(memory_format=torch.channels_last).train()
        self.average = copy.deepcopy(self.network).eval()
        self.scenes, self.step, self._rate = 0, 0, rate
        self._optimiser = torch.optim.AdamW(self.network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY, fused=True)

    def learn(self, blocks: Tensor, target: Tensor, share_done: float) -> dict[str, float]:
        """One step; share_done of the run sets the rate. Returns the parts of the loss."""
        factor = min((self.step + 1) / WARM_UP_STEPS, 1.0, max(1 - share_done, 0.0) / COOL_DOWN_SHARE + 0.01)
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate * factor
        with torch.autocast("cpu", torch.bfloat16):
            answer = self.network(blocks.to(memory_format=torch.channels_last).float() / 255)
        parts = losses(answer.float(), target)
        self._optimiser.zero_grad()
        sum(parts.values()).backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
        self._optimiser.step()
        self.step += 1
        self.scenes += len(blocks)
        decay = min(AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        mine, other = self.average.state_dict(), self.network.state_dict()
        floating = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floating], [other[name] for name in floating], 1 - decay)
        return {name: float(part.detach()) for name, part in parts.items()}

    def start_from(self, file: Path) -> None:
        for network in (self.network, self.average):
            network.load_state_dict(load_file(file))

    def save(self, file: Path) -> None:
        parts = {"network": self.network, "average": self.average, "optimiser": self._optimiser}
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save(states | {"scenes": self.scenes, "step": self.step}, file.with_suffix(".partial"))
        file.with_suffix(".partial").rename(file)

    def load(self, file: Path) -> None:
        saved = torch.load(file, weights_only=True)
        for name, part in (("network", self.network), ("average", self.average), ("optimiser", self._optimiser)):
            part.load_state_dict(saved[name])
        self.scenes, self.step = saved["scenes"], saved["step"]


def judge(folder: Path, trainer: Trainer, held_out: list, recent: list[dict[str, float]]) -> None:
    """Writes the weights as they are now, measures them as users run them, and notes it in the log."""
    export(trainer.average, folder)
    row = {"scenes": trainer.scenes, "loss": describe(recent)}
    write_record(folder, row)
    row |= {name: round(value, 2) for name, value in measure(NetworkDetector(folder), held_out).items()}
    write_record(folder, row)
    tqdm.write("  ".join(f"{name} {value}" for name, value in row.items()))
    file = folder / "log.csv"
    new = not file.exists()
    with file.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        if new:
            writer.writeheader()
        writer.writerow(row)


def export(network: DetectorNetwork, folder: Path) -> None:
    """Writes model.safetensors, to train on from, and detector.onnx, which takes pixels from 0 to 255."""
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, folder / "model.safetensors")
    network = copy.deepcopy(network).eval().to(memory_format=torch.contiguous_format)
    with torch.no_grad():
        network.stem[0].weight /= 255
    blocks = torch.zeros(1, 48, SCENE_SIZE // 4, SCENE_SIZE // 4)
    axes = {name: {2: f"{name} height", 3: f"{name} width"} for name in ("blocks", "answer")}
    with warnings.catch_warnings():  # OpenCV 4 reads what the older exporter writes
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (blocks,),
            str(folder / "detector.onnx"),
            dynamo=False,
            opset_version=13,
            input_names=["blocks"],
            output_names=["answer"],
            dynamic_axes=axes,
        )


def write_record(folder: Path, row: dict) -> None:
    lines = ['licence = "CC0-1.0"', "", "[training]", f"scenes_seen = {row['scenes']}"]
    lines += ['data = "composed scenes of synthetic faces only"', f'date = "{datetime.date.today().isoformat()}"']
    lines += ["", "[errors]", *(f'"{name}" = {row[name]}' for name in row if name not in ("scenes", "loss"))]
    lines += [
        "",
        "[sha256]",
        *(f'"{part}" = "{sha256(folder / part)}"' for part in ("detector.onnx", "model.safetensors")),
    ]
    (folder / "detector.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def describe(recent: list[dict[str, float]]) -> str:
    return " ".join(f"{name} {np.mean([parts[name] for parts in recent]):.3f}" for name in recent[-1]) if recent else ""
