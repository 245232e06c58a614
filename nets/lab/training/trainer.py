# SPDX-License-Identifier: GPL-3.0-or-later
"""A network in training: its optimiser, its moving average, and a state on disk that a later run goes on from."""

import copy
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from nets.lab.training.evaluation import to_input
from nets.lab.training.muon import optimisers
from nets.lab.training.tasks import Lesson

WARM_UP_STEPS, COOL_DOWN_SHARE = 300, 0.6
AVERAGE_DECAY = 0.999
LONGEST_GRADIENT = 1.0


@dataclass
class Progress:
    """step: optimiser steps; faces: seen in all runs; minutes: of this run; best: lowest score so far."""

    step: int = 0
    faces: int = 0
    minutes: float = 0.0
    best: float = float("inf")


class Trainer:
    """average is the exponential moving average of the network's weights: what is evaluated and kept."""

    def __init__(self, network: nn.Module, lesson: Lesson, rate: float, faces: int):
        self._device = lesson.coarse.mean.device
        self.network = network.to(self._device, memory_format=torch.channels_last).train()
        self.average = copy.deepcopy(self.network).eval()
        self.progress = Progress(faces=faces)
        self._lesson, self._rate = lesson, rate
        self._optimisers = optimisers(self.network, rate)

    def learn(self, batch: dict[str, Tensor], share_done: float) -> float:
        """One step on a batch of samples; share_done of the run sets the rate. Returns the loss."""
        self._set_rate(share_done)
        batch = {name: tensor.to(self._device, non_blocking=True) for name, tensor in batch.items()}
        loss = self._lesson.loss(self.network, to_input(batch["image"]), self._lesson.coarse.truth(batch))
        self.network.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), LONGEST_GRADIENT)
        for optimiser in self._optimisers:
            optimiser.step()
        self._update_average()
        self.progress.step += 1
        self.progress.faces += len(batch["image"])
        return float(loss.detach())

    def save(self, file: Path) -> None:
        states = {"network": self.network.state_dict(), "average": self.average.state_dict()}
        states |= {"optimisers": [optimiser.state_dict() for optimiser in self._optimisers]}
        torch.save(states | {"state": asdict(self.progress)}, file.with_suffix(".partial"))
        file.with_suffix(".partial").rename(file)

    def load(self, file: Path) -> None:
        saved = torch.load(file, map_location=self._device, weights_only=True)
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        for optimiser, state in zip(self._optimisers, saved["optimisers"], strict=True):
            optimiser.load_state_dict(state)
        self.progress = Progress(**saved["state"])

    def _set_rate(self, share_done: float) -> None:
        """Warm-up, a plateau, and a straight fall over the last part of the run."""
        warm_up = min((self.progress.step + 1) / WARM_UP_STEPS, 1.0)
        factor = min(warm_up, max(1 - share_done, 0.0) / COOL_DOWN_SHARE + 0.01)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = self._rate * factor

    @torch.no_grad()
    def _update_average(self) -> None:
        decay = min(AVERAGE_DECAY, (1 + self.progress.step) / (10 + self.progress.step))
        mine, other = self.average.state_dict(), self.network.state_dict()
        floating = [name for name, value in mine.items() if value.is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in floating], [other[name] for name in floating], 1 - decay)
