# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets self-test`: what the processor calculates with, and how long a face takes."""

import argparse

from nets.model.bundle import load_bundle
from nets.model.processor import processor
from nets.model.speed import measure_speeds


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no options."""


def run(_args: argparse.Namespace) -> int:
    """Print the processor and a line per device."""
    print(f"processor: {processor()}")
    for speed in measure_speeds(load_bundle()):
        print(f"{speed.device}: {speed.error or f'{speed.ms:.1f} ms per face, engine {speed.engine}'}")
    return 0
