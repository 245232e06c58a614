# SPDX-License-Identifier: GPL-3.0-or-later
"""The training task of each architecture: how its network is built, its loss, and how its predictions are read."""

from dataclasses import dataclass, replace
from typing import Protocol

from torch import Tensor, nn

from nets.geometry.uv_layout import UVLayout
from nets.lab.training.losses import training_loss
from nets.lab.training.map_losses import MapLosses
from nets.lab.training.precision import half_precision
from nets.lab.training.targets import CoarseModel, Truth
from nets.model.bundle import load_bundle
from nets.model.networks import resfcn256
from nets.model.networks.acting import parts_of
from nets.model.networks.compact import Compact, Live
from nets.model.networks.loading import load_network
from nets.model.networks.sizes import COMPACT, LIVE

ANCHORS = COMPACT.anchors  # of the other networks


@dataclass(frozen=True)
class FacePrediction:
    """What evaluation needs of a network's output.

    landmarks: (B, 68, 3), normalised image units
    neutral: (B, G*G, 3), canonical shapes without expression; None if the network does not tell them apart
    """

    landmarks: Tensor
    neutral: Tensor | None


class TrainingTask(Protocol):
    """What an architecture needs to be trained. coarse lies on the device of the training; pictures: (B, 3, S, S)
    in [0, 1]."""

    architecture: str
    input_size: int
    coarse: CoarseModel

    def build_network(self, some: Truth) -> nn.Module:
        """Build an untrained network, given the truth of some faces."""

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        """Return what training minimises."""

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        """Return the landmarks, and the neutral shapes if the network has them."""

    def layout_of(self, network: nn.Module) -> UVLayout:
        """Return the layout that goes with a network's weights."""


class CompactTask:
    """The task of the compact network."""

    architecture, input_size = "compact", COMPACT.picture

    def __init__(self, coarse: CoarseModel, layout: UVLayout):
        self.coarse, self._layout = coarse, layout

    def build_network(self, some: Truth) -> nn.Module:
        anchors = self.coarse.anchors(COMPACT.anchors)
        return Compact(self.coarse.decoder(some), anchors, parts_of(self.coarse.nearest(anchors)))

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        return training_loss(network, pictures, truth, self.coarse)

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        last = network(pictures).estimates[-1]
        return FacePrediction(last.pose.project(self.coarse.landmarks(last.shape)), last.neutral)

    def layout_of(self, network: nn.Module) -> UVLayout:
        return replace(self._layout, anchors=self.coarse.places(network.anchors))


class LiveTask(CompactTask):
    """The task of the live network, which shares the compact one's shapes."""

    architecture, input_size = "live", LIVE.picture

    def build_network(self, some: Truth) -> nn.Module:
        anchors = self.coarse.anchors(LIVE.anchors)
        decoder = load_network(load_bundle()).decoder.to(anchors.device)
        return Live(decoder, anchors, parts_of(self.coarse.nearest(anchors)))


class MapTask:
    """The task of a network that predicts whole position maps, as PRN's does."""

    architecture, input_size = "resfcn256", resfcn256.INPUT_SIZE

    def __init__(self, coarse: CoarseModel, layout: UVLayout):
        anchors = coarse.anchors(ANCHORS)
        self.coarse, self._layout = coarse, replace(layout, anchors=coarse.places(anchors))
        self._losses = MapLosses(layout, coarse, anchors).to(coarse.mean.device)

    def build_network(self, some: Truth) -> nn.Module:
        return resfcn256.ResFCN256(ANCHORS)

    def loss(self, network: nn.Module, pictures: Tensor, truth: Truth) -> Tensor:
        with half_precision(pictures.device):
            output = network(pictures)
        return sum(self._losses(output, truth).values())

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        row, column = self._losses.landmarks.T
        return FacePrediction(network(pictures).maps[:, :, row, column].transpose(1, 2), None)

    def layout_of(self, network: nn.Module) -> UVLayout:
        return self._layout
