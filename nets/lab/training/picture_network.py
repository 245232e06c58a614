# SPDX-License-Identifier: GPL-3.0-or-later
"""The network that compares two views of a person (nets/performance/picture_reading.py), and its training.

Both views lie on one grid, so a small motion is a difference of brightness at its place, and early layers see it. Of
two pictures of a series, the one is taken for the rest of the other; what is learned is the error of what the motion
says of their difference.
"""

import copy
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, mse_loss, relu

from nets.lab.training.picture_series import PICTURES, SeenSeries
from nets.lab.training.run import Schedule, Trainer
from nets.performance.face_view import VIEW
from nets.performance.picture_reading import ABOVE, ADDED, KEYS, VIEWS, evened
from nets.topology.arkit import NAMES, OTHER_SIDE

WIDTHS = 32, 64, 96  # channels of the stem and the two blocks
SQUEEZED, HIDDEN = 32, 192
USUAL = 0.3  # difference of weights that counts as 1 where the network sees the reading of motion
LEAST_SPREAD = 0.02  # of the errors of a weight
MOST_ERROR = 6.0  # standard deviations of a weight's errors
DROPPED = 0.2  # share of the hidden values, while it learns
WEIGHT_DECAY = 0.02
FIRST_AS_REST = 0.5  # share of the samples: half of all series begin at rest
SHIFT = 3  # pixels, of both views
APART, APART_SHARE = 1, 0.25  # pixels by which the second view is shifted against the first, and share of the batches
MOST_GRAIN = 0.25  # standard deviations of a view
COVERED, COVERS = 0.3, (8, 36)  # share of the batches in which a quarter of the views are covered; pixels of covers
FROM_ELEMENTS = 1000  # numbers of a tensor that is stored in half precision


class PictureNetwork(nn.Module):
    """From views (B, 2, *VIEW), evened, of rest and frame, and readings of motion above the rest's (B, 52), to what is
    added to these (B, 52)."""

    def __init__(self, spread: np.ndarray | None = None):
        """spread: (52,), the standard deviations of the errors of the reading of motion"""
        super().__init__()
        first, second, third = WIDTHS
        self.stem = nn.Sequential(nn.Conv2d(2, first, 8, 4, 2, bias=False), nn.BatchNorm2d(first), nn.ReLU())
        self.blocks = nn.Sequential(Block(first, second), Block(second, third))
        self.squeeze = nn.Sequential(nn.Conv2d(third, SQUEEZED, 1), nn.ReLU())
        rows, columns = (-(-(side // 4) // 4) for side in VIEW)
        self.hidden = nn.Linear(SQUEEZED * rows * columns + len(NAMES), HIDDEN)
        self.drop = nn.Dropout(DROPPED)
        self.answer = nn.Linear(HIDDEN, len(NAMES))
        for parameter in self.answer.parameters():
            nn.init.zeros_(parameter)
        of_keys = np.zeros(len(NAMES), np.float32)
        of_keys[KEYS] = 1 if spread is None else spread[KEYS]
        self.register_buffer("spread", torch.from_numpy(of_keys))

    def forward(self, views: Tensor, above: Tensor) -> Tensor:
        seen = self.squeeze(self.blocks(self.stem(views))).flatten(1)
        hidden = relu(self.hidden(torch.cat([seen, above / USUAL], 1)))
        return self.answer(self.drop(hidden)) * self.spread


class Block(nn.Module):
    """Two convolutions beside a shortcut (He et al. 2016); it halves the size."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs))
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return relu(self.second(self.first(x)) + self.shortcut(avg_pool2d(x, 2, ceil_mode=True)))


class PictureTrainer(Trainer):
    """Such a network in training, on pairs of pictures of the same series."""

    def __init__(self, series: SeenSeries, rate: float, seed: int):
        torch.manual_seed(seed)
        self._views = np.stack([[evened(view) for view in views] for views in series.views]).astype(np.float16)
        self._readings, self._weights, self._rng = series.readings, series.weights, np.random.default_rng(seed)
        errors = np.diff(series.weights - series.readings, axis=1).reshape(-1, len(NAMES))
        network = PictureNetwork(errors.std(0) + LEAST_SPREAD).to(memory_format=torch.channels_last)
        optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=WEIGHT_DECAY)
        schedule = Schedule(rate, warm_up_steps=200, cool_down_share=0.5, average_decay=0.998, longest_gradient=5.0)
        super().__init__(network, [optimiser], schedule)

    def learn(self, batch: int, share_done: float) -> dict[str, float]:
        """Take one step on so many pairs, and return the loss before it."""
        views, above, wanted = (torch.from_numpy(each) for each in self._pairs(batch))
        errors = (wanted - above)[:, KEYS] / self.network.spread[KEYS]
        answer = self.network(views.to(memory_format=torch.channels_last), above)
        loss = mse_loss(answer[:, KEYS] / self.network.spread[KEYS], errors.clamp(-MOST_ERROR, MOST_ERROR))
        self.step(loss, batch, share_done)
        return {"error": float(loss.detach())}

    def _pairs(self, batch: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Draw views, readings above the rest's, and true weights above the rest's, each (batch, ...) float32."""
        rng = self._rng
        person = rng.integers(len(self._views), size=batch)
        rest = np.where(rng.random(batch) < FIRST_AS_REST, 0, rng.integers(PICTURES, size=batch))
        frame = (rest + 1 + rng.integers(PICTURES - 1, size=batch)) % PICTURES
        views = np.stack([self._views[person, each] for each in (rest, frame)], 1).astype(np.float32)
        above, wanted = (each[person, frame] - each[person, rest] for each in (self._readings, self._weights))
        flipped = rng.random(batch) < 0.5
        views[flipped] = views[flipped][..., ::-1]
        for values in (above, wanted):
            values[flipped] = values[flipped][:, OTHER_SIDE]
        views = np.roll(views, tuple(rng.integers(-SHIFT, SHIFT + 1, 2)), (2, 3))
        if rng.random() < APART_SHARE:
            views[:, 1] = np.roll(views[:, 1], tuple(rng.integers(-APART, APART + 1, 2)), (1, 2))
        views += rng.normal(0, rng.uniform(0, MOST_GRAIN), views.shape).astype(np.float32)
        if rng.random() < COVERED:
            for view in views[rng.integers(batch, size=batch // 4), 1]:
                row, column = (rng.integers(0, side - COVERS[0]) for side in VIEW)
                height, width = rng.integers(*COVERS, 2)
                view[row : row + height, column : column + width] = rng.normal(0, 0.5)
        return np.ascontiguousarray(views), above, wanted


def export(network: PictureNetwork, file: Path) -> None:
    """Write the network as an ONNX graph whose large tensors are stored in half precision."""
    network = copy.deepcopy(network).eval().to(memory_format=torch.contiguous_format)
    with warnings.catch_warnings():  # the older exporter folds normalisations and needs no tracing of seconds
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            network,
            (torch.zeros(1, 2, *VIEW), torch.zeros(1, len(NAMES))),
            str(file),
            dynamo=False,
            opset_version=13,
            input_names=[VIEWS, ABOVE],
            output_names=[ADDED],
            dynamic_axes={name: {0: "batch"} for name in (VIEWS, ABOVE, ADDED)},
        )
    model = onnx.load(file)
    _halve(model.graph)
    onnx.save(model, file)


def _halve(graph: onnx.GraphProto) -> None:
    """Store large tensors in half precision; the runtime casts them back once, when it loads the graph."""
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= FROM_ELEMENTS:
            name = tensor.name
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
