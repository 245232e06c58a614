# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets export`: write a model's graphs for ONNX Runtime, into its bundle or as one file with the weights.

With --layout it is the UV layout that is written, after its landmarks have been calibrated again.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nets.errors import EngineError
from nets.lab.bundle_writing import replacing_folder
from nets.model.bundle import DEFAULT_BUNDLE, GRAPHS, LAYOUT, Bundle, load_bundle, write_record
from nets.model.networks import architecture_of

if TYPE_CHECKING:
    import onnx

CALIBRATION_SHARD = 999_998  # its people are in no training buffer
CALIBRATION_FACES = 128


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=DEFAULT_BUNDLE, help="name or folder of the model (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="an .onnx file to write, with the weights inside, for other programs")
    parser.add_argument("--layout", action="store_true", help="only build the bundle's UV layout again")
    parser.add_argument("--int8", action="store_true", help="in eight bits; in the bundle besides the exact graph")
    parser.add_argument(
        "--face-model", type=Path, help="the face model's file, of which layouts and the faces for int8 are made"
    )


def run(args: argparse.Namespace) -> int:
    if args.layout:
        bundle = load_bundle(args.model)
        write_layout(bundle, args.face_model)
        print(f"layout written to {bundle.folder}")
        return 0
    try:
        import onnx

        from nets.lab.onnx_export.graph import build_graph, for_looks
    except ImportError as error:
        raise EngineError(f"{error.name} is missing", remedy="Install it: pip install onnx onnxscript") from error
    bundle = load_bundle(args.model)
    graphs = {"fp32": build_graph(bundle)}
    if args.int8:
        graphs["int8"] = in_eight_bits(graphs["fp32"], bundle, args.face_model)
    if args.int8 or architecture_of(bundle).corrects_estimates:
        graphs["looks"] = for_looks(graphs["int8" if args.int8 else "fp32"])
    if args.out is None:
        record = bundle.record
        with replacing_folder(bundle.folder) as folder:
            for precision, graph in graphs.items():
                onnx.save(graph, folder / GRAPHS[precision])
            write_record(folder, bundle.architecture, bundle.input_size, record["training"], record["errors"])
        print(f"graphs written to {bundle.folder}")
    else:
        onnx.save(with_weights(graphs["int8" if args.int8 else "fp32"], bundle), args.out)
        print(f"written: {args.out}")
    return 0


def write_layout(bundle: Bundle, face_model: Path | None) -> None:
    """Build the layout of a bundle again; the network's own anchors stay."""
    from nets.lab.face_chart import build_chart, build_layout
    from nets.topology.face_model import load_face_model

    model = load_face_model(face_model)
    layout = replace(build_layout(model, build_chart(model)), anchors=bundle.layout.anchors)
    with replacing_folder(bundle.folder) as folder:
        layout.save(folder / LAYOUT)
        record = bundle.record
        write_record(folder, bundle.architecture, bundle.input_size, record["training"], record["errors"])


def in_eight_bits(graph: onnx.ModelProto, bundle: Bundle, face_model: Path | None) -> onnx.ModelProto:
    """Return the graph in eight bits, calibrated on generated faces."""
    from nets.lab.onnx_export.quantisation import quantise
    from nets.lab.synth.buffer import draw_records
    from nets.lab.synth.generator import FaceGenerator
    from nets.lab.training.batches import make_sample
    from nets.topology.face_model import load_face_model

    generator, rng = FaceGenerator(load_face_model(face_model)), np.random.default_rng(0)
    records = draw_records(generator, CALIBRATION_SHARD, CALIBRATION_FACES)
    crops = np.stack([make_sample(record, rng, bundle.input_size)["image"] for record in records])
    return quantise(graph, bundle, crops)


def with_weights(graph: onnx.ModelProto, bundle: Bundle) -> onnx.ModelProto:
    """Return the graph with the bundle's tensors in it, which any ONNX runtime loads by itself."""
    from onnx import ModelProto, numpy_helper

    from nets.model.engines.tensors import graph_tensors

    tensors, full = graph_tensors(bundle), ModelProto()
    full.CopyFrom(graph)
    for initializer in full.graph.initializer:
        if initializer.external_data:
            initializer.CopyFrom(numpy_helper.from_array(tensors[initializer.name], initializer.name))
    return full
