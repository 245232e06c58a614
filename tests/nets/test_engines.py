# SPDX-License-Identifier: GPL-3.0-or-later
"""The engines see the same, whatever is installed, and refuse graphs that are not their model's."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors.numpy import load_file, save_file
from skimage.data import astronaut

from nets.commands import run_command
from nets.errors import BundleError
from nets.geometry.crop import Crop
from nets.lab.onnx_export.quantisation import quantise
from nets.model.bundle import GRAPHS, load_bundle, write_record
from nets.model.engines import choose_engine, load_engine
from nets.model.networks.compact import Compact
from nets.model.networks.loading import load_position_map_network
from nets.model.networks.sizes import COMPACT

FACE = np.array([180, 80, 265, 175], np.float32)  # of the photo


@pytest.fixture(scope="module")
def bundle():
    return load_bundle()


@pytest.fixture(scope="module")
def crops(bundle):
    """A face, its mirror image, and noise."""
    face = Crop.around(FACE, bundle.input_size).extract(astronaut())
    return np.stack([face, face[:, ::-1], np.random.default_rng(0).integers(0, 255, face.shape, np.uint8)])


@pytest.fixture(scope="module")
def by_torch(bundle, crops):
    return load_engine(bundle, "torch", "cpu").predict(crops)


@pytest.fixture
def copied(bundle, tmp_path):
    return shutil.copytree(bundle.folder, tmp_path / "copy")


def test_engines_agree(bundle, crops, by_torch):
    prediction = load_engine(bundle, "onnx").predict(crops)
    assert np.abs(prediction.position_maps - by_torch.position_maps).max() < 0.05  # pixels
    assert np.abs(prediction.confidence - by_torch.confidence).max() < 1e-3


def test_eight_bits_move_a_face_by_a_fraction_of_a_pixel(bundle, crops, by_torch):
    prediction = load_engine(bundle, "onnx-int8").predict(crops[:2])
    moved = bundle.layout.landmarks_of(prediction.position_maps - by_torch.position_maps[:2])
    assert np.linalg.norm(moved[..., :2], axis=-1).mean() < 0.3
    assert np.abs(prediction.confidence - by_torch.confidence[:2]).max() < 0.03
    fast = load_engine(bundle, "onnx").predict_fast(crops[:2])
    assert np.array_equal(fast.position_maps, prediction.position_maps)
    assert np.array_equal(fast.confidence, prediction.confidence) and not fast.expression.size  # it only looks


def test_a_model_runs_without_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import numpy as np\n"
        "from nets.model.bundle import load_bundle\n"
        "from nets.model.engines import load_engine\n"
        "bundle = load_bundle()\n"
        "engine = load_engine(bundle)\n"
        "maps = engine.predict(np.zeros((1, bundle.input_size, bundle.input_size, 3), np.uint8)).position_maps\n"
        "print(engine.name, engine.device, maps.shape)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "onnx cpu (1, 256, 256, 3)", result.stderr


def test_onnx_runtime_keeps_and_reports_nothing(tmp_path):
    """Where its telemetry is on, it writes a name of the device and a queue of events into the user's cache."""
    code = "from nets.model import bundle, engines\nengines.load_engine(bundle.load_bundle(), 'onnx')"
    home = {key: value for key, value in os.environ.items() if not key.startswith(("ORT_", "XDG_"))}
    subprocess.run([sys.executable, "-c", code], env=home | {"HOME": str(tmp_path)}, check=True)
    assert not list(tmp_path.iterdir())


def test_without_a_graph_torch_is_chosen(copied, bundle):
    assert choose_engine("cpu", bundle.graphs) == "onnx"
    for graph in GRAPHS.values():
        (copied / graph).unlink()
    write_record(copied, bundle.architecture, bundle.input_size, bundle.record["training"], bundle.record["errors"])
    assert choose_engine("cpu", load_bundle(copied).graphs) == "torch"
    with pytest.raises(BundleError, match="nets export"):
        load_engine(load_bundle(copied), "onnx")


@pytest.mark.parametrize(("engine", "change"), [("onnx", "shape"), ("onnx", "name"), ("onnx-int8", "value")])
def test_a_graph_for_other_weights_is_refused(copied, bundle, engine, change):
    weights = load_file(copied / "model.safetensors")
    name = next(name for name in weights if name.endswith("weight"))
    if change == "shape":
        weights[name] = weights[name][1:].copy()
    elif change == "name":
        weights["other"] = weights.pop(name)
    else:
        weights[name] = weights[name] * 2
    save_file(weights, copied / "model.safetensors")
    write_record(copied, bundle.architecture, bundle.input_size, bundle.record["training"], bundle.record["errors"])
    with pytest.raises(BundleError, match="nets export"):
        load_engine(load_bundle(copied), engine)


def test_an_exported_file_needs_nothing_else(bundle, crops, tmp_path, monkeypatch):
    monkeypatch.setattr(Compact, "sizes", replace(COMPACT, steps=1))  # all steps are alike, and tracing each takes long
    by_torch = load_engine(bundle, "torch", "cpu").predict(crops)
    file = tmp_path / "model.onnx"
    assert run_command(["export", "--out", str(file)]) == 0
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    maps, confidence, *_ = session.run(None, {"crops": crops})
    assert np.abs(maps - by_torch.position_maps).max() < 0.05
    assert np.abs(confidence - by_torch.confidence).max() < 1e-3


def test_a_layer_that_gives_nothing_can_be_rounded(copied, bundle, crops):
    weights = load_file(copied / "model.safetensors")
    dead = {name: 0 * value for name, value in weights.items() if name.startswith("pyramid.smooth.2.")}
    save_file(weights | dead, copied / "model.safetensors")
    write_record(copied, bundle.architecture, bundle.input_size, bundle.record["training"], bundle.record["errors"])
    changed = load_bundle(copied)
    # The graph holds the structure only, which is that of the committed weights.
    structure = onnx.load(bundle.graphs["fp32"], load_external_data=False)
    onnx.save(quantise(structure, changed, crops), changed.graphs["int8"])
    assert np.isfinite(load_engine(changed, "onnx-int8").predict(crops).position_maps).all()


def test_positions_keep_their_digits_in_half_precision(bundle, crops, by_torch):
    network = load_position_map_network(bundle)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        maps, *_ = network(torch.from_numpy(crops[:2]).permute(0, 3, 1, 2).float() / 255)
    assert maps.dtype == torch.float32
    steps = (maps[:, :, 1:] - maps[:, :, :-1]).numpy(), np.diff(by_torch.position_maps[:2], axis=2)
    assert np.abs(steps[0] - steps[1]).max() < 0.1  # pixels from texel to texel: rounded positions would jump by more
