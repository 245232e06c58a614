# SPDX-License-Identifier: GPL-3.0-or-later
"""What all training runs share: the learning rate's schedule, the moving average of the weights, the state from which
an interrupted run resumes, the log, and the clock that says when to evaluate."""

import copy
import csv
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from nets.io.files import replacing

RECENT_STEPS = 300  # over which the shown loss is averaged
SHOW_EVERY = 20  # steps


@dataclass(frozen=True)
class Schedule:
    """How a run learns.

    rate: highest learning rate
    warm_up_steps: steps until it is reached
    cool_down_share: share of the run, at its end, over which the rate falls
    average_decay: share of the moving average that one step leaves in place
    longest_gradient: norm to which longer gradients are cut
    """

    rate: float
    warm_up_steps: int
    cool_down_share: float
    average_decay: float
    longest_gradient: float

    def rate_at(self, step: int, share_done: float) -> float:
        """Return the learning rate: a warm-up, a plateau, and a straight fall to 1 % at the end of the run."""
        warm_up = min((step + 1) / self.warm_up_steps, 1.0)
        return self.rate * min(warm_up, max(1 - share_done, 0.0) / self.cool_down_share + 0.01)


@dataclass
class Progress:
    """step: optimiser steps; samples: seen in all runs; minutes: of this run; best: lowest score so far."""

    step: int = 0
    samples: int = 0
    minutes: float = 0.0
    best: float = float("inf")


class Trainer:
    """A network in training. average is the moving average of its weights: what is evaluated and kept."""

    def __init__(
        self, network: nn.Module, optimisers: Sequence[torch.optim.Optimizer], schedule: Schedule, samples: int = 0
    ):
        self.network = network.train()
        self.average = copy.deepcopy(network).eval()
        self.progress = Progress(samples=samples)
        self._optimisers, self._schedule = optimisers, schedule

    def step(self, loss: Tensor, samples: int, share_done: float) -> None:
        """Take one step against the gradient of the loss of so many samples; share_done of the run sets the rate."""
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self._schedule.rate_at(self.progress.step, share_done)
        self.network.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self._schedule.longest_gradient)
        for optimiser in self._optimisers:
            optimiser.step()
        self._update_average()
        self.progress.step += 1
        self.progress.samples += samples

    def save(self, file: Path) -> None:
        """Write the state from which `load` resumes. An interrupted save leaves the file as it was."""
        states = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        states |= {"optimisers": [optimiser.state_dict() for optimiser in self._optimisers]}
        with replacing(file) as out:
            torch.save(states | {"progress": asdict(self.progress)}, out)

    def load(self, file: Path) -> None:
        """Resume from a saved state."""
        device = next(self.network.parameters()).device
        saved = torch.load(file, map_location=device, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        for optimiser, state in zip(self._optimisers, _saved_optimisers(saved), strict=True):
            optimiser.load_state_dict(state)
        self.progress = _saved_progress(saved)

    @torch.no_grad()
    def _update_average(self) -> None:
        # The first steps count more, so that the untrained weights are soon forgotten.
        decay = min(self._schedule.average_decay, (1 + self.progress.step) / (10 + self.progress.step))
        average, current = self.average.state_dict(), self.network.state_dict()
        floating = [name for name, value in average.items() if value.is_floating_point()]
        torch._foreach_lerp_([average[name] for name in floating], [current[name] for name in floating], 1 - decay)


def _saved_optimisers(saved: dict) -> list[dict]:
    """Return the optimisers' states; earlier versions saved the only one of a detector."""
    return saved["optimisers"] if "optimisers" in saved else [saved["optimiser"]]


def _saved_progress(saved: dict) -> Progress:
    """Return the progress; earlier versions counted faces, or scenes."""
    if "progress" in saved:
        return Progress(**saved["progress"])
    if "state" in saved:
        state = dict(saved["state"])
        return Progress(samples=state.pop("faces"), **state)
    return Progress(step=saved["step"], samples=saved["scenes"])


def run_training(
    trainer: Trainer, learn: Callable[[float], dict[str, float]], evaluate: Callable[[dict[str, float]], None],
    state: Path, minutes: float, evaluate_minutes: float, unit: str,
) -> None:  # fmt: skip
    """Train until the run is so many minutes long, and show its progress.

    learn: takes a step, given the share of the run that is done, and returns the parts of its loss
    evaluate: called every evaluate_minutes and at the end with the parts of the loss, averaged over the last steps
    state: file that the trainer is saved to after each evaluation
    unit: what samples are called where progress is shown
    """
    progress = trainer.progress
    began, earlier, samples_before, evaluated = time.monotonic(), progress.minutes, progress.samples, progress.minutes
    recent: deque[dict[str, float]] = deque(maxlen=RECENT_STEPS)
    with tqdm(total=round(minutes, 1), bar_format="{l_bar}{bar}| {postfix}") as bar:
        while progress.minutes < minutes:
            recent.append(learn(progress.minutes / minutes))
            elapsed = time.monotonic() - began
            progress.minutes = earlier + elapsed / 60
            if progress.step % SHOW_EVERY == 0:
                bar.n = round(min(progress.minutes, minutes), 1)
                speed, left = (progress.samples - samples_before) / elapsed, max(minutes - progress.minutes, 0)
                rate = f"{progress.samples} {unit}, {speed:.0f} {unit}/s"
                bar.set_postfix_str(f"{rate}, {describe(_means(recent))}, {left:.0f} min left")
            if progress.minutes - evaluated > evaluate_minutes:
                evaluated = progress.minutes
                evaluate(_means(recent))
                trainer.save(state)
    evaluate(_means(recent))
    trainer.save(state)


def _means(recent: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([parts[name] for parts in recent])) for name in recent[-1]} if recent else {}


def describe(losses: dict[str, float]) -> str:
    """Write the parts of a loss in one line."""
    return " ".join(f"{name} {value:.4f}" for name, value in losses.items())


def log_row(file: Path, row: dict) -> None:
    """Print a row of figures and append it to a CSV file."""
    tqdm.write("  ".join(f"{name} {value}" for name, value in row.items()))
    new = not file.exists()
    with file.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, row)
        if new:
            writer.writeheader()
        writer.writerow(row)
