# SPDX-License-Identifier: GPL-3.0-or-later
"""The training loop."""

import argparse
import copy
import csv
import datetime
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from nets.bundle import load_bundle, write_record
from nets.face_chart import build_chart, build_layout
from nets.face_model import load_face_model
from nets.networks.compact import INPUT_SIZE, Compact
from nets.networks.loading import load_network, save_network
from nets.synth.buffer import DATA_VERSION, SHARD_FACES, Buffer, fill, shard_path, start_generators
from nets.training.batches import FaceSamples, held_out_samples
from nets.training.evaluation import contact_sheet, measure_photos, measure_synthetic, to_input
from nets.training.losses import losses
from nets.training.photos import find_photos, load_photos
from nets.training.targets import CoarseModel

HELD_OUT_SHARD = 900_000
LEAST_FACES = 4 * SHARD_FACES  # before training starts
ANCHORS = 112
WARM_UP_STEPS, COOL_DOWN_SHARE = 300, 0.3
AVERAGE_DECAY = 0.999
EVALUATE_MINUTES = 5.0


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    args.run.mkdir(parents=True, exist_ok=True)
    model = load_face_model(args.face_model)
    chart = build_chart(model)
    layout = build_layout(model, chart)
    coarse = CoarseModel(model, chart, layout.weights)

    start_generators(args.buffer, args.shards, args.generators, args.face_model)
    held_out = _held_out(args)
    truth, images = coarse.truth(held_out), held_out["image"]
    folder = find_photos(args.real)
    photos = load_photos(folder) if folder else []

    network = _start_network(args, coarse).to(memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval()
    decoder = [p for name, p in network.named_parameters() if name.startswith("decoder.")]
    others = [p for name, p in network.named_parameters() if not name.startswith("decoder.")]
    groups = [
        {"params": others, "weight_decay": 0.01, "share": 1.0},
        {"params": decoder, "weight_decay": 0.0, "share": 0.1},
    ]
    optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.99), fused=True)
    state = {"step": 0, "faces": _faces_seen(args), "minutes": 0.0, "best": float("inf")}
    state_file = args.run / "state.pt"
    if state_file.exists():
        saved = torch.load(state_file, weights_only=True)
        network.load_state_dict(saved["network"])
        average.load_state_dict(saved["average"])
        optimiser.load_state_dict(saved["optimiser"])
        state = saved["state"]

    def save_state() -> None:
        parts = {"network": network.state_dict(), "average": average.state_dict(), "optimiser": optimiser.state_dict()}
        torch.save(parts | {"state": state}, state_file.with_suffix(".partial"))
        state_file.with_suffix(".partial").rename(state_file)

    def evaluate(loss: float) -> None:
        synthetic = measure_synthetic(average, images, truth, coarse)
        real = measure_photos(average, photos, coarse) if photos else {}
        row = {"faces": state["faces"], "minutes": round(state["minutes"], 1), "loss": round(loss, 5)}
        row |= {f"synthetic {name}": round(value, 3) for name, value in synthetic.items()}
        row |= {f"real {name}": round(value, 3) for name, value in real.items()}
        _log(args.run / "log.csv", row)
        tqdm.write("  ".join(f"{name} {value}" for name, value in row.items()))
        sheet = contact_sheet(average, images[:24], truth, photos, coarse)
        cv2.imwrite(str(args.run / "sheet.png"), sheet[..., ::-1])
        score = synthetic["2D"] + synthetic["aligned"]
        if score < state["best"]:
            state["best"] = score
            _save_bundle(args.run / "bundle", average, layout, row)
        save_state()

    samples = FaceSamples(args.buffer, INPUT_SIZE, seed=int(time.time()))
    batches = iter(DataLoader(samples, args.batch, num_workers=1, prefetch_factor=6))
    bar = tqdm(
        total=round(args.minutes, 1),
        initial=round(state["minutes"], 1),
        unit="min",
        bar_format="{l_bar}{bar}| {postfix}",
    )
    last_evaluation, mean_loss, began, began_faces = state["minutes"], 0.0, time.monotonic(), state["faces"]
    run_start = state["minutes"]
    while state["minutes"] < args.minutes:
        _set_rate(optimiser, args.rate, state["step"], state["minutes"] / args.minutes)
        batch = next(batches)
        network.train()
        with torch.autocast("cpu", torch.bfloat16):
            output = network(to_input(batch["image"]))
        parts = losses(output, coarse.truth(batch), coarse)
        loss = sum(parts.values())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        _average(average, network, min(AVERAGE_DECAY, (1 + state["step"]) / (10 + state["step"])))

        state["step"] += 1
        state["faces"] += len(batch["image"])
        state["minutes"] = run_start + (time.monotonic() - began) / 60
        mean_loss += (float(loss.detach()) - mean_loss) / min(state["step"], 300)
        if state["step"] % 20 == 0:
            speed = (state["faces"] - began_faces) / (time.monotonic() - began)
            left = max(args.minutes - state["minutes"], 0)
            bar.n = round(state["minutes"], 1)
            bar.set_postfix_str(
                f"{state['faces']} faces, {speed:.0f} faces/s, loss {mean_loss:.4f}, {left:.0f} min left"
            )
        if state["minutes"] - last_evaluation > EVALUATE_MINUTES:
            last_evaluation = state["minutes"]
            evaluate(mean_loss)
    evaluate(mean_loss)


def _start_network(args: argparse.Namespace, coarse: CoarseModel) -> Compact:
    """The bundle's network if there is one, else a new one with bases from the generated faces."""
    if (args.start / "model.toml").exists():
        return load_network(load_bundle(args.start))
    buffer, rng = Buffer(args.buffer), np.random.default_rng(0)
    while buffer.refresh() < LEAST_FACES:
        time.sleep(5)
    records = buffer.sample(rng, 1500)
    batch = {
        name: torch.from_numpy(records[name].astype(np.float32)) for name in ("canonical", "landmarks", "identity")
    }
    batch = {name: value[torch.from_numpy(records["is_face"])] for name, value in batch.items()}
    for name in ("canonical", "landmarks"):
        batch[name] = batch[name] / 100
    count = len(batch["canonical"])
    still = {
        "rotation": torch.eye(3).expand(count, 3, 3),
        "centre": torch.zeros(count, 2),
        "mirror": torch.zeros(count, dtype=bool),
    }
    ones = {name: torch.ones(count) for name in ("scale", "closeness", "is_face")}
    visible = {"visible": torch.ones(count, coarse.size, coarse.size)}
    torch.manual_seed(0)
    return Compact(coarse.decoder(coarse.truth(batch | still | ones | visible)), coarse.anchors(ANCHORS))


def _held_out(args: argparse.Namespace) -> dict[str, torch.Tensor]:
    folder = args.buffer.with_name(args.buffer.name + "-held-out")
    fill(folder, range(HELD_OUT_SHARD, HELD_OUT_SHARD + 1), args.face_model)
    return held_out_samples(np.load(shard_path(folder, HELD_OUT_SHARD)), INPUT_SIZE)


def _faces_seen(args: argparse.Namespace) -> int:
    there = (args.start / "model.toml").exists()
    return load_bundle(args.start).record["training"]["faces_seen"] if there else 0


def _set_rate(optimiser: torch.optim.Optimizer, highest: float, step: int, progress: float) -> None:
    """Warm-up, a plateau, and a straight fall over the last part of the run."""
    factor = min((step + 1) / WARM_UP_STEPS, 1.0, max(1 - progress, 0.0) / COOL_DOWN_SHARE + 0.01)
    for group in optimiser.param_groups:
        group["lr"] = highest * factor * group["share"]


@torch.no_grad()
def _average(average: nn.Module, network: nn.Module, decay: float) -> None:
    mine, other = average.state_dict(), network.state_dict()
    floating = [name for name, value in mine.items() if value.is_floating_point()]
    torch._foreach_lerp_([mine[n] for n in floating], [other[n] for n in floating], 1 - decay)


def _save_bundle(folder: Path, network: nn.Module, layout, row: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_network(network, folder / "model.safetensors")
    layout.save(folder / "layout.npz")
    training = {
        "faces_seen": row["faces"],
        "data": f"synthetic faces only, generator version {DATA_VERSION}",
        "date": datetime.date.today().isoformat(),
    }
    errors = {name: value for name, value in row.items() if name.startswith(("synthetic", "real"))}
    write_record(folder, "compact", INPUT_SIZE, training, errors)


def _log(file: Path, row: dict) -> None:
    new = not file.exists()
    with file.open("a", newline="") as stream:
        writer = csv.DictWriter(stream, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
