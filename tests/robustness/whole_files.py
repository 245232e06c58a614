# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that are damaged: small ones of every kind that users open, made of the demo's portrait."""

import argparse
import shutil
from pathlib import Path

import cv2
import numpy as np
from skimage import data

from nets.commands import run_command
from nets.interface import live_link
from nets.model.bundle import WEIGHTS_FOLDER

PHOTOS = (".jpg", ".png", ".webp", ".tif", ".bmp", ".avif", ".jp2", ".ppm", ".hdr")
CLIPS = {".mp4": "mp4v", ".avi": "MJPG", ".mkv": "mp4v"}


def make_whole_files(folder: Path) -> None:
    """Write a folder for each kind of file: photo, clip, csv, results, model."""
    for kind in ("photo", "clip", "csv"):
        (folder / kind).mkdir(parents=True)
    portrait = cv2.resize(data.astronaut()[:320, 60:380], (128, 128), interpolation=cv2.INTER_AREA)
    for ending in PHOTOS:
        picture = portrait.astype(np.float32) / 255 if ending == ".hdr" else portrait
        (folder / f"photo/portrait{ending}").write_bytes(cv2.imencode(ending, picture[..., ::-1])[1].tobytes())
    for own in (Path(__file__).parents[1] / "nets/photos").iterdir():
        shutil.copy(own, folder / "photo")
    for ending, codec in CLIPS.items():
        writer = cv2.VideoWriter(str(folder / f"clip/clip{ending}"), cv2.VideoWriter_fourcc(*codec), 25, (128, 128))
        for step in range(12):
            writer.write(np.roll(portrait, step, 1)[..., ::-1])
        writer.release()
    rng = np.random.default_rng(0)
    values, head = rng.uniform(0, 1, (40, 52)), rng.normal(0, 0.3, (40, 3))
    text = live_link.csv_text(live_link.WEIGHTS, values, 30, head)
    (folder / "csv/take.csv").write_text(text)
    options = ["--out", str(folder / "results"), "--formats", "npz", "--mesh", "grid"]
    assert run_command(["reconstruct", str(folder / "photo/portrait.png"), *options]) == 0
    shutil.copytree(WEIGHTS_FOLDER / "compact", folder / "model")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    make_whole_files(parser.parse_args().folder)
