# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets import-prn`: make a model bundle of PRN's released weights and its UV layout."""

from __future__ import annotations

import argparse
from pathlib import Path

from nets.errors import UsageError
from nets.lab.bundle_writing import replacing_folder
from nets.model.bundle import GRAPHS, LAYOUT, WEIGHTS, WEIGHTS_FOLDER, load_bundle, write_record

NAME = "prn"
TERMS = "as PRN's authors set them; its training data (300W-LP, BFM) are for research only"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("checkpoint", type=Path, metavar="CHECKPOINT", help="path of 256_256_resfcn256_weight")
    parser.add_argument("--uv-data", type=Path, required=True, metavar="FOLDER", help="PRN's Data/uv-data")
    parser.add_argument("--out", type=Path, default=WEIGHTS_FOLDER / NAME, metavar="DIR", help="bundle (%(default)s)")


def run(args: argparse.Namespace) -> int:
    import onnx
    from safetensors.torch import save_file

    from nets.lab.onnx_export.graph import build_graph
    from nets.lab.prn.checkpoint import Checkpoint
    from nets.lab.prn.layout import load_prn_layout
    from nets.lab.prn.weights import load_prn
    from nets.model.networks.loading import NOT_SAVED
    from nets.model.networks.resfcn256 import INPUT_SIZE

    if args.out.exists() and not (args.out / "model.toml").is_file():
        raise UsageError("there is a folder that is no model bundle", args.out, "Choose another --out")
    network, layout = load_prn(Checkpoint(args.checkpoint)), load_prn_layout(args.uv_data, load_bundle().layout)
    training = {"source": "PRN, Feng et al. 2018, imported from its checkpoint", "terms": TERMS}
    with replacing_folder(args.out) as folder:
        tensors = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(NOT_SAVED)}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, folder / WEIGHTS)
        (folder / WEIGHTS).chmod(0o644)
        layout.save(folder / LAYOUT)
        write_record(folder, "resfcn256", INPUT_SIZE, training, {}, licence="not this project's: see training.terms")
        onnx.save(build_graph(load_bundle(folder)), folder / GRAPHS["fp32"])
        write_record(folder, "resfcn256", INPUT_SIZE, training, {}, licence="not this project's: see training.terms")
    count = len(layout.mesh().texels)
    print(f"{args.out}: {count} vertices. Choose it with --model, or in Blender's Capture Settings as Network")
    return 0
