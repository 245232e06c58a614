# SPDX-License-Identifier: GPL-3.0-or-later
"""`make check-prn`: a checkpoint that TensorFlow has written gives the same maps here, to 1e-4."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from nets.lab.prn.checkpoint import Checkpoint
from nets.lab.prn.weights import HALF_PIXEL, load_prn

FOLDER = os.environ.get("PRN_CHECKPOINT")
pytestmark = pytest.mark.skipif(not FOLDER, reason="`make check-prn` makes the checkpoint, with TensorFlow")


def test_the_imported_network_answers_as_tensorflow_does():
    network = load_prn(Checkpoint(Path(FOLDER, "256_256_resfcn256_weight")))
    answers = np.load(Path(FOLDER, "answers.npz"))
    with torch.inference_mode():
        maps = network(torch.from_numpy(answers["crops"]).permute(0, 3, 1, 2)).maps.permute(0, 2, 3, 1).numpy()
    expected = 2.2 * answers["maps"] - 1 + HALF_PIXEL
    assert expected.std() > 0.05  # there is something to compare
    assert np.abs(maps - expected).max() / 2.2 < 1e-4
