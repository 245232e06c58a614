# SPDX-License-Identifier: GPL-3.0-or-later
"""The training run of the part of the compact network that reads expressions and gaze, everything else as it is.

The views are cut out by the true pose and shape, moved as much as the network's own estimates err.
"""

import datetime
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from nets.interface.expressions import EXPRESSIONS, SIDES
from nets.lab.bundle_writing import replacing_folder
from nets.lab.face_chart import build_layout
from nets.lab.synth.buffer import HELD_OUT_SHARD, draw_records, wait_for_faces
from nets.lab.synth.expressions import draw_expression
from nets.lab.synth.generator import FaceGenerator
from nets.lab.training.batches import FaceSamples, held_out_samples
from nets.lab.training.blend import fit_blend
from nets.lab.training.evaluation import to_input
from nets.lab.training.precision import half_precision
from nets.lab.training.run import Schedule, Trainer, log_row, run_training
from nets.lab.training.targets import CoarseModel, Truth
from nets.model.bundle import load_bundle, write_record
from nets.model.networks.acting import Acting
from nets.model.networks.composition import PerspectivePose
from nets.model.networks.loading import load_network, save_network
from nets.topology.face_model import load_face_model

EVALUATE_MINUTES = 3.0
HELD_OUT_FACES = 500
RIGHT, LEFT = ([EXPRESSIONS.index(name[:-2] + side) for name in EXPRESSIONS if name.endswith("_L")] for side in SIDES)
# Standard deviations of the estimates' errors: radians, of the scale's logarithm, normalised image units.
TURN, SIZE, SHIFT, OWN_SHIFT = 0.08, 0.05, 0.025, 0.015
SIDES_WEIGHT, GAZE_WEIGHT = 0.5, 0.2


@dataclass(frozen=True)
class ActingSettings:
    """What a run is asked for; the options of `python -m nets train-expressions` say what each means."""

    minutes: float
    start: Path
    run: Path
    buffer: Path
    samples: int
    batch: int
    rate: float
    face_model: Path | None


def train(settings: ActingSettings) -> None:
    """Train the reading of expressions, fit its blend with the network's own answer, and write RUN/bundle.

    A run whose folder holds a state resumes. Raises UsageError where there are no faces to train on.
    """
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    settings.run.mkdir(parents=True, exist_ok=True)
    wait_for_faces(settings.buffer, 1, [])
    bundle = load_bundle(settings.start)
    network = load_network(bundle)
    generator = FaceGenerator(load_face_model(settings.face_model))
    coarse = CoarseModel(generator.model, generator.chart, build_layout(generator.model, generator.chart).weights)
    held_out = held_out_samples(draw_records(generator, HELD_OUT_SHARD, HELD_OUT_FACES), bundle.input_size)
    trainer = ActingTrainer(network.acting, network.anchors, coarse, settings.rate)
    state = settings.run / "state.pt"
    if state.exists():
        trainer.load(state)
    samples = FaceSamples(settings.buffer, bundle.input_size, seed=int(time.time()))
    batches = iter(DataLoader(samples, settings.batch, num_workers=1, prefetch_factor=6))

    def evaluate(losses: dict[str, float]) -> None:
        torch.manual_seed(0)
        with torch.inference_mode():
            truth = coarse.truth(held_out)
            found, gaze = read(trainer.average, network.anchors, held_out["image"], truth)
        row = {"faces": trainer.progress.samples, "minutes": round(trainer.progress.minutes, 1)} | losses
        log_row(settings.run / "log.csv", row | figures(found.numpy(), gaze.numpy(), truth))

    run_training(
        trainer,
        lambda share_done: trainer.learn(next(batches), share_done),
        evaluate,
        state,
        settings.minutes,
        EVALUATE_MINUTES,
        "faces",
    )
    network.acting.load_state_dict(trainer.average.state_dict())
    enough = [next(batches) for _ in range(-(-settings.samples // settings.batch))]
    fit_blend(network.eval(), [_faces_of(batch) for batch in enough], coarse)
    seen = bundle.record["training"].get("acting_faces_seen", 0) + trainer.progress.samples
    training = bundle.record["training"] | {"acting_faces_seen": seen, "date": datetime.date.today().isoformat()}
    with replacing_folder(settings.run / "bundle") as folder:
        save_network(network, folder / "model.safetensors")
        bundle.layout.save(folder / "layout.npz")
        write_record(folder, bundle.architecture, bundle.input_size, training, bundle.record["errors"])


def _faces_of(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return the samples of a batch that are faces."""
    return {name: values[batch["is_face"]] for name, values in batch.items()}


class ActingTrainer(Trainer):
    """The reading of expressions in training."""

    def __init__(self, acting: Acting, anchors: Tensor, coarse: CoarseModel, rate: float):
        schedule = Schedule(rate, warm_up_steps=200, cool_down_share=0.5, average_decay=0.998, longest_gradient=1.0)
        optimiser = torch.optim.AdamW(acting.parameters(), lr=rate, weight_decay=0.02, fused=True)
        super().__init__(acting.to(memory_format=torch.channels_last), [optimiser], schedule)
        self._anchors, self._coarse = anchors, coarse

    def learn(self, batch: dict[str, Tensor], share_done: float) -> dict[str, float]:
        """Take one step on a batch of samples, and return the parts of the loss before it."""
        truth = self._coarse.truth(batch)
        found, gaze = read(self.network, self._anchors, batch["image"], truth)
        parts = losses(found, gaze, truth)
        self.step(sum(parts.values()), len(found), share_done)
        return {name: float(part.detach()) for name, part in parts.items()}


def read(acting: Acting, anchors: Tensor, images: Tensor, truth: Truth) -> tuple[Tensor, Tensor]:
    """Return expression weights and gaze of pictures (B, S, S, 3) uint8, cut out by a disturbed truth."""
    pose, corners = disturbed(truth.pose), truth.neutral[:, anchors[acting.anchors.flatten()]]
    corners = corners.unflatten(1, (-1, 2)).mean(2)
    corners = corners + torch.randn_like(corners) * OWN_SHIFT / pose.scale[:, None, None]
    with torch.no_grad():
        views = acting.cut_out(to_input(images) * 2 - 1, pose, corners)
    with half_precision(views.device):
        return acting.read(views, pose.rotation)


def disturbed(pose: PerspectivePose) -> PerspectivePose:
    """Return poses as wrong as a network's."""
    count = len(pose.scale)
    turn = torch.linalg.matrix_exp(_skew(torch.randn(count, 3) * TURN))
    return replace(
        pose,
        rotation=turn @ pose.rotation,
        scale=pose.scale * torch.exp(torch.randn(count) * SIZE),
        translation=pose.translation + torch.randn(count, 2) * SHIFT,
    )


def losses(found: Tensor, gaze: Tensor, truth: Truth) -> dict[str, Tensor]:
    """Squared errors of weights and of their differences between the sides, and the gaze's error.

    Squared, because most weights are 0: their median would be 0 wherever the picture leaves doubt.
    """
    share = truth.is_face.float() / truth.is_face.sum().clamp(min=1)
    wrong = found - truth.expression
    scale = wrong.new_tensor(importance())
    parts = {
        "weights": (wrong.square() * scale).mean(1),
        "sides": ((wrong[:, LEFT] - wrong[:, RIGHT]).square() * scale[LEFT]).mean(1) * SIDES_WEIGHT,
        "gaze": (gaze - truth.gaze).abs().mean((1, 2)) * 10 * GAZE_WEIGHT,
    }
    return {name: (part * share).sum() for name, part in parts.items()}


@cache
def importance() -> tuple[float, ...]:
    """Return what the squared error of each weight counts: the more, the less it varies among the generator's faces.

    Blinks and smiles vary most, and would leave nothing to learn for the others.
    """
    rng = np.random.default_rng(0)
    drawn = np.array([draw_expression(rng, EXPRESSIONS)[0] for _ in range(2000)])
    scale = (drawn.var(0) + 0.01) ** -0.8
    return tuple((10 * scale / scale.mean()).tolist())


def figures(found: np.ndarray, gaze: np.ndarray, truth: Truth) -> dict[str, float]:
    """Mean error of the weights, share of the sides' differences that is found, motion of a still side, gaze error."""
    true, found = truth.expression.numpy(), np.clip(found, 0, 1)
    apart, found_apart = (each[:, LEFT] - each[:, RIGHT] for each in (true, found))
    still = [
        found[:, a][(true[:, a] < 0.05) & (true[:, b] > 0.4)] for a, b in zip(LEFT + RIGHT, RIGHT + LEFT, strict=True)
    ]
    result = {
        "error": np.abs(found - true).mean(),
        "sides": (apart * found_apart).sum() / (apart**2).sum(),
        "still": np.concatenate(still).sum() / max(sum(map(len, still)), 1),
        "gaze": np.abs(gaze - truth.gaze.numpy()).mean(),
    }
    for part in ("browInnerUp", "browOuterUp", "browDown", "eyeBlink", "mouthSmile", "mouthPucker", "cheekPuff"):
        chosen = [k for k, name in enumerate(EXPRESSIONS) if name.startswith(part)]
        shown = true[:, chosen] - true[:, chosen].mean()
        result[part] = (shown * found[:, chosen]).sum() / max((shown**2).sum(), 1e-9)  # slope against the truth
    return {name: round(float(value), 4) for name, value in result.items()}


def _skew(axis: Tensor) -> Tensor:
    x, y, z = axis.unbind(1)
    zero = torch.zeros_like(x)
    return torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], 1).unflatten(1, (3, 3))
