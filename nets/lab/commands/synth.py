# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets synth`: draw contact sheets of synthetic faces."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from nets.lab.synth.camera_degradation import degrade
from nets.lab.synth.face import SyntheticFace
from nets.lab.synth.generator import FaceGenerator
from nets.topology.face_model import load_face_model

COLUMNS, FACES_PER_SHEET, TILE = 4, 16, 160


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--count", type=int, default=64, help="number of faces (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the sheets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--face-model", type=Path, help="the face model's file")


def run(args: argparse.Namespace) -> int:
    args.out.mkdir(parents=True, exist_ok=True)
    generator = FaceGenerator(load_face_model(args.face_model))
    rng = np.random.default_rng(args.seed)
    for sheet, start in enumerate(range(0, args.count, FACES_PER_SHEET)):
        tiles = [_tiles(rng, generator.draw(rng)) for _ in range(min(FACES_PER_SHEET, args.count - start))]
        tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % COLUMNS)
        rows = [np.concatenate(tiles[k : k + COLUMNS], 1) for k in range(0, len(tiles), COLUMNS)]
        path = args.out / f"faces-{sheet:03}.png"
        cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1])
        print(path)
    return 0


def _tiles(rng: np.random.Generator, face: SyntheticFace) -> np.ndarray:
    """Draw picture, position map, landmarks and visible texels next to each other: (160, 640, 3) uint8 RGB."""
    marked = face.image.copy()
    for x, y, _ in face.camera.project(face.landmarks) * 16:
        cv2.circle(marked, (round(float(x)), round(float(y))), 20, (60, 255, 60), -1, cv2.LINE_AA, 4)
    position_map = face.camera.project(face.canonical.reshape(-1, 3))
    low, high = position_map.min(0), position_map.max(0)
    position_map = ((position_map - low) / (high - low) * 255).astype(np.uint8).reshape(face.canonical.shape)
    position_map = cv2.resize(position_map, (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    visible = cv2.resize(face.visible.astype(np.uint8) * 255, (TILE, TILE), interpolation=cv2.INTER_NEAREST)
    return np.concatenate([degrade(rng, face.image), position_map, marked, np.repeat(visible[..., None], 3, 2)], 1)
