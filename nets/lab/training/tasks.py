# SPDX-License-Identifier: GPL-3.0-or-later
"""What each architecture is taught: how it begins, its loss, and how its answers are read."""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor, nn

from nets.geometry.uv_layout import UVLayout
from nets.lab.training.losses import training_loss
from nets.lab.training.map_losses import MapLosses
from nets.lab.training.targets import CoarseModel, Truth
from nets.model.networks import compact, resfcn256

ANCHORS = 192


@dataclass(frozen=True)
class Answer:
    """landmarks (B, 68, 3) in normalised image units; neutral (B, G*G, 3): canonical shapes without expression, where
    the network tells them apart."""

    landmarks: Tensor
    neutral: Tensor | None


class Lesson(Protocol):
    """coarse is on the device that the lesson takes place on; pictures are (B, 3, S, S) in [0, 1]."""

    architecture: str
    input_size: int
    coarse: CoarseModel

    def begin(self, some: Truth) -> nn.Module:
        """A new network, given the truth of some faces."""

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor: ...

    def answer(self, network: nn.Module, pictures: Tensor) -> Answer: ...

    def layout_of(self, network: nn.Module) -> UVLayout:
        """The layout that goes with a network's weights."""


class CompactLesson:
    architecture, input_size = "compact", compact.INPUT_SIZE

    def __init__(self, coarse: CoarseModel, layout: UVLayout):
        self.coarse, self._layout = coarse, layout

    def begin(self, some: Truth) -> nn.Module:
        return compact.Compact(self.coarse.decoder(some), self.coarse.anchors(ANCHORS))

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        return training_loss(network, pictures, truth, self.coarse)

    def answer(self, network: nn.Module, pictures: Tensor) -> Answer:
        last = network(pictures).estimates[-1]
        return Answer(last.pose.project(self.coarse.landmarks(last.shape)), last.neutral)

    def layout_of(self, network: nn.Module) -> UVLayout:
        return replace(self._layout, anchors=self.coarse.places(network.anchors))


class MapLesson:
    """A network that draws whole maps, as PRN's."""

    architecture, input_size = "resfcn256", resfcn256.INPUT_SIZE

    def __init__(self, coarse: CoarseModel, layout: UVLayout):
        anchors = coarse.anchors(ANCHORS)
        self.coarse, self._layout = coarse, replace(layout, anchors=coarse.places(anchors))
        self._losses = MapLosses(layout, coarse, anchors).to(coarse.mean.device)

    def begin(self, some: Truth) -> nn.Module:
        return resfcn256.ResFCN256(ANCHORS)

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        with torch.autocast(pictures.device.type, torch.bfloat16):
            output = network(pictures)
        return sum(self._losses(output, truth).values())

    def answer(self, network: nn.Module, pictures: Tensor) -> Answer:
        row, column = self._losses.landmarks.T
        return Answer(network(pictures).maps[:, :, row, column].transpose(1, 2), None)

    def layout_of(self, network: nn.Module) -> UVLayout:
        return self._layout


LESSONS: dict[str, type[Lesson]] = {"compact": CompactLesson, "resfcn256": MapLesson}
