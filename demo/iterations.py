# SPDX-License-Identifier: GPL-3.0-or-later
"""The iterative network at work, as a picture: `python -m demo.iterations PHOTO PICTURE`.

A row for each look: the crop, what the network is shown of its estimate before it (PNCC and normals), and the estimate
after it, laid over the crop.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from nets.capture.capturer import CaptureOptions, Capturer
from nets.geometry.crop import Crop
from nets.io.photo import read_photo
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.model.engines.passes import PASSES
from nets.model.networks.iterative import Iterative
from nets.model.networks.loading import load_network

TILE = 224  # pixels of a picture's side
LIGHT = np.array([-0.4, 0.5, 0.77])


def crop_of(photo: np.ndarray) -> np.ndarray:
    """Return the crop (112, 112, 3) uint8 of a photo's largest face, as the default network finds it."""
    bundle = load_bundle()
    capturer = Capturer(load_engine(bundle), bundle.layout, bundle.input_size, CaptureOptions(faces="largest"))
    [found] = capturer.find(photo)
    return Crop.around(found.box, load_bundle("iterative").input_size).extract(photo)


def row_of(network: Iterative, crop: np.ndarray, before: torch.Tensor, after: torch.Tensor) -> np.ndarray:
    """Draw one look (TILE, 4 * TILE, 3) uint8."""
    size = len(crop)
    shown, result = (network.render(code, size)[0].permute(1, 2, 0).numpy() for code in (before, after))
    pncc, normals = shown[..., :3], shown[..., 3:] / 2 + 0.5 * (np.abs(shown[..., 3:]).sum(2, keepdims=True) > 0)
    face = np.abs(result[..., 3:]).sum(2) > 0
    clay = np.clip(result[..., 3:] @ LIGHT, 0.1, 1)[..., None] * (0.85, 0.8, 0.75)
    over = np.where(face[..., None], 0.35 * crop / 255 + 0.65 * clay, crop / 255)
    tiles = [crop / 255, pncc, normals, over]
    return np.concatenate([cv2.resize(tile.astype(np.float32), (TILE, TILE)) for tile in tiles], 1)


@torch.no_grad()
def main(photo: Path, picture: Path) -> None:
    network, crop = load_network(load_bundle("iterative")), crop_of(read_photo(photo))
    pixels = torch.from_numpy(crop).permute(2, 0, 1)[None].float() / 255
    code, rows = network.start(1), []
    for _ in range(PASSES):
        corrected = network(pixels, code).code
        rows.append(row_of(network, crop, code, corrected))
        code = corrected
    drawn = (np.concatenate(rows) * 255).clip(0, 255).astype(np.uint8)
    cv2.imwrite(str(picture), drawn[..., ::-1])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
