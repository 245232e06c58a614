# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle's network as an ONNX graph: from crops (B, S, S, 3) uint8 to the fields of nets.model.engines.Prediction.

The graph holds the structure only. Its weights are named after the bundle's tensors and are added when it is loaded,
see nets/model/engines/tensors.py, so that weights that are trained further need no new graph.
"""

import copy
import logging
from itertools import pairwise

import onnx
import onnx_ir
import onnxscript.optimizer
import torch
from onnx.external_data_helper import set_external_data
from torch import Tensor, nn

from nets.model.bundle import Bundle
from nets.model.engines.passes import CODE, NEW_CODE
from nets.model.engines.tensors import graph_name
from nets.model.networks import architecture_of
from nets.model.networks.loading import load_position_map_network
from nets.model.networks.position_map import CorrectedOutput, NetworkOutput

OPSET = 21
WEIGHTS = "model.safetensors"


class FromPixels(nn.Module):
    """A network whose input is crops of bytes, as the engines give them."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor, *start: Tensor) -> NetworkOutput | CorrectedOutput:
        return self.network(crops.float().permute(0, 3, 1, 2) / 255, *start)  # floats change places faster than bytes


class FoldedConvolution(nn.Module):
    """A convolution without a bias, with the batch normalisation that follows it folded in.

    The folding is arithmetic on constants, which runtimes do once when they load the graph.
    """

    def __init__(self, convolution: nn.Conv2d | nn.ConvTranspose2d, normalisation: nn.BatchNorm2d):
        super().__init__()
        self.convolution, self.normalisation = convolution, normalisation

    def forward(self, x: Tensor) -> Tensor:
        c, n = self.convolution, self.normalisation
        factor = n.weight / torch.sqrt(n.running_var + n.eps)
        bias = n.bias - n.running_mean * factor
        if isinstance(c, nn.ConvTranspose2d):
            return nn.functional.conv_transpose2d(x, c.weight * factor[:, None, None], bias, c.stride, c.padding)
        return nn.functional.conv2d(x, c.weight * factor[:, None, None, None], bias, c.stride, c.padding)


def fold_normalisation(module: nn.Module) -> nn.Module:
    """Return a copy that shares its tensors with the module, with the normalisations after convolutions folded."""
    folded = copy.copy(module)
    folded._modules = {name: fold_normalisation(child) for name, child in module.named_children()}
    if isinstance(module, nn.Sequential):
        for name, following in pairwise(list(folded._modules)):
            pair = folded._modules[name], folded._modules[following]
            if isinstance(pair[0], nn.Conv2d | nn.ConvTranspose2d) and isinstance(pair[1], nn.BatchNorm2d):
                folded._modules |= {name: FoldedConvolution(*pair), following: nn.Identity()}
    return folded


def build_graph(bundle: Bundle) -> onnx.ModelProto:
    """Build the graph of a bundle's network without the values of its tensors."""
    network = load_position_map_network(bundle)
    names = {id(tensor): graph_name(name) for name, tensor in _tensors(network).items()}
    folded = FromPixels(fold_normalisation(network)).eval()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns about packages that are not needed
    corrects = architecture_of(bundle).corrects_estimates
    batch = {0: torch.export.Dim("batch")}
    crops = torch.zeros(2, bundle.input_size, bundle.input_size, 3, dtype=torch.uint8)
    program = torch.onnx.export(
        folded,
        (crops, network.network.start(2)) if corrects else (crops,),
        input_names=["crops", CODE] if corrects else ["crops"],
        output_names=list((CorrectedOutput if corrects else NetworkOutput)._fields),
        dynamo=True,
        dynamic_shapes=(batch, (batch,)) if corrects else (batch,),
        opset_version=OPSET,
        optimize=False,
        verbose=False,
    )
    model = program.model
    for name, tensor in _tensors(folded).items():
        if name in model.graph.initializers:  # an input for now, so that the optimiser does not treat it as a constant
            value = model.graph.initializers.pop(name)
            value.name, value.const_value = names[id(tensor)], None
            model.graph.inputs.append(value)
    onnxscript.optimizer.optimize(model)
    graph = onnx_ir.to_proto(model)
    _open_inputs(graph.graph, {"crops", CODE})
    _strip(graph.graph)
    return graph


def for_looks(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Return the part of a position map network's graph that leads to what a look needs.

    That is all but expression and gaze, or, of a network that corrects estimates, the corrected estimate alone. ONNX
    Runtime runs all of a graph, whichever outputs it is asked for.
    """
    looks = onnx.ModelProto()
    looks.CopyFrom(graph)
    names = [output.name for output in graph.graph.output]
    wanted = [NEW_CODE] if NEW_CODE in names else names[: names.index("expression")]
    for output in graph.graph.output:
        if output.name not in wanted:
            looks.graph.output.remove(output)
    needed, kept = set(wanted), []
    for node in reversed(graph.graph.node):
        if needed.intersection(node.output):
            needed.update(node.input)
            kept.append(node)
    del looks.graph.node[:]
    looks.graph.node.extend(reversed(kept))
    for tensor in graph.graph.initializer:
        if tensor.name not in needed:
            looks.graph.initializer.remove(tensor)
    return looks


def _open_inputs(graph: onnx.GraphProto, true_inputs: set[str]) -> None:
    """Turn all inputs except the true ones into initialisers whose values lie in another file."""
    opened = [value for value in graph.input if value.name not in true_inputs]
    for value in opened:
        dims = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
        tensor = onnx.TensorProto(name=value.name, dims=dims, data_type=value.type.tensor_type.elem_type, raw_data=b"")
        set_external_data(tensor, WEIGHTS)
        tensor.ClearField("raw_data")
        graph.initializer.append(tensor)
        graph.input.remove(value)


def _strip(graph: onnx.GraphProto) -> None:
    """Remove the exporter's notes, which contain paths of the machine and are most of the file."""
    graph.ClearField("value_info")
    for part in (graph, *graph.node, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _tensors(module: nn.Module) -> dict[str, Tensor]:
    return dict(module.named_parameters()) | dict(module.named_buffers())
