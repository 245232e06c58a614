# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets self-test`: what the processor calculates with, and how long a face takes."""

import argparse

from nets.model.processor import processor
from nets.worker.self_test import self_test


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add nothing: the command has no options."""


def run(_args: argparse.Namespace) -> int:
    """Print the processor and a line per device."""
    print(f"processor: {processor()}")
    for message in self_test():
        told = message.get("error") or f"{message['ms']:.1f} ms per face, engine {message['engine']}"
        print(f"{message['device']}: {told}")
    return 0
