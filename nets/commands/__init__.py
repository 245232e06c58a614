# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets COMMAND …`. Errors become one line on stderr and an exit code here, and nowhere else."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec

from nets.errors import CaptureError
from nets.interface.statuses import Status

# Name -> module with add_arguments(parser) and run(args) -> exit code, purpose. Only the chosen module is imported.
COMMANDS: dict[str, tuple[str, str]] = {
    "reconstruct": ("nets.commands.reconstruct", "capture the faces of photos, folders and videos"),
    "batch": ("nets.commands.batch", "capture faces on a Ray cluster, from and to any storage"),
    "gather": ("nets.commands.gather", "make one report of those of all shards"),
    "merge": ("nets.commands.merge", "make one head of several photos of a person"),
    "live": ("nets.commands.live", "follow the face before a camera"),
    "render-over": ("nets.commands.render_over", "put what was painted or sculpted of a head back over its photo"),
    "take-part": ("nets.commands.take_part", "put eyes, lips or other parts of one face's texture into another's"),
    "swap": ("nets.commands.swap", "put the faces of other people on a photo or a clip"),
    "import-prn": ("nets.lab.commands.import_prn", "make a model bundle of PRN's released weights and layout"),
    "import-face-model": ("nets.commands.import_face_model", "make the face model's file from ICT-FaceKit"),
    "synth": ("nets.lab.commands.synth", "draw synthetic faces as contact sheets"),
    "prepare-300w-lp": ("nets.lab.commands.prepare_300w_lp", "make training pairs of 300W-LP's parameters"),
    "train": ("nets.lab.commands.train", "train a network on synthetic faces, or on pairs of photos and position maps"),
    "self-test": ("nets.commands.self_test", "say what this computer calculates with and how long a face takes"),
    "train-expressions": ("nets.lab.commands.train_expressions", "train what reads expressions from close views"),
    "fit-motion": ("nets.lab.commands.fit_motion", "fit what reads blendshape weights from the motion of a face"),
    "train-pictures": ("nets.lab.commands.train_pictures", "train what compares frames with the person's rest"),
    "train-detector": ("nets.lab.commands.train_detector", "train the face detector on composed scenes"),
    "export": ("nets.lab.commands.export", "make a model's graphs for ONNX Runtime"),
    "make-head": ("nets.lab.commands.make_head", "draw the extension's own head and learn its shapes"),
    "check-accuracy": ("nets.lab.commands.check_accuracy", "measure the errors of a model"),
    "check-clips": ("nets.lab.commands.check_clips", "measure the jitter, the lag and the weights of baked clips"),
    "bench": ("nets.lab.commands.bench", "measure what each stage costs on this machine"),
}
LAB = "nets.lab"  # left out of the extension that users install
FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130


def run_command(arguments: list[str]) -> int:
    """Run a command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m nets", description="Face capture from the command line.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    modules = {}
    for name, (module, purpose) in available_commands().items():
        subparser = commands.add_parser(name, help=purpose, description=f"{purpose[0].upper()}{purpose[1:]}.")
        if name == chosen:
            modules[name] = import_module(module)
            modules[name].add_arguments(subparser)
    args = parser.parse_args(arguments)
    try:
        return modules[args.command].run(args)
    except CaptureError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_USAGE if error.status in (Status.USAGE, Status.NOT_WRITTEN) else FAILED
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def available_commands() -> dict[str, tuple[str, str]]:
    """Return the commands whose packages are installed."""
    with_lab = find_spec(LAB) is not None
    return {name: command for name, command in COMMANDS.items() if with_lab or not command[0].startswith(f"{LAB}.")}
