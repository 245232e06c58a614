# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of commands that learn something from series of pictures of synthetic people."""

import argparse
from pathlib import Path

from nets.model.bundle import DEFAULT_BUNDLE
from nets.topology.face_model import REPOSITORY


def add_series_options(parser: argparse.ArgumentParser, folder: str, series: int, files: int) -> None:
    """Add them. folder: of the drawn series, in data; series: of a file; files: how many are drawn by default"""
    parser.add_argument("--model", default=DEFAULT_BUNDLE, help="the network that tracks (default: %(default)s)")
    drawn = REPOSITORY / "data" / folder
    parser.add_argument("--series", type=Path, default=drawn, help="folder of drawn series")
    shards = f"files of {series} series to draw (default: %(default)s)"
    parser.add_argument("--shards", type=int, default=files, help=shards)
    parser.add_argument("--face-model", type=Path, help="the face model's file")
