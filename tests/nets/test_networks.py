# SPDX-License-Identifier: GPL-3.0-or-later
"""Composition of pose and shape into a position map, bundles, and the engine that runs them."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nets.errors import BundleError, EngineError, OutputError
from nets.lab.synth.face import Camera, rotation_matrix
from nets.model.bundle import WEIGHTS_FOLDER, available_bundles, load_bundle, sha256, write_record
from nets.model.engines import load_engine
from nets.model.networks.composition import POSE_SIZE, PerspectivePose, decode_pose
from nets.model.networks.loading import load_network, save_network


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-2, 2, width=32), min_size=POSE_SIZE, max_size=POSE_SIZE))
def test_every_code_is_a_pose(code):
    pose = decode_pose(torch.tensor([code]))
    rows = torch.tensor(code[:6]).view(2, 3) + torch.eye(3)[:2]
    if torch.linalg.cross(*rows).norm() > 0.1:  # two rows that are parallel name no rotation
        assert torch.allclose(pose.rotation @ pose.rotation.mT, torch.eye(3), atol=1e-4)
        assert torch.linalg.det(pose.rotation).item() == pytest.approx(1, abs=1e-4)
    assert pose.scale.item() > 0
    assert 0 <= pose.inverse_distance.item() < 0.26


def test_networks_and_synthetic_faces_share_one_camera():
    points = np.random.default_rng(0).normal(0, 60, (50, 3)).astype(np.float32)
    rotation, scale, closeness, centre = rotation_matrix(0.4, -0.2, 0.1), 0.01, 0.0015, np.array([0.1, -0.2])
    expected = Camera(rotation, scale, closeness, centre).project(points)
    scale_, centre_, closeness_ = (
        torch.tensor(np.array([value]), dtype=torch.float) for value in (scale, centre, closeness)
    )
    pose = PerspectivePose(torch.from_numpy(rotation)[None], scale_, centre_, closeness_)
    assert np.allclose(pose.project(torch.from_numpy(points)[None])[0], expected, atol=1e-4)


def test_committed_bundle_runs_and_says_what_it_rests_on():
    assert "compact" in available_bundles()
    bundle = load_bundle("compact")
    assert bundle.record["licence"] == "CC0-1.0"
    assert bundle.record["training"]["faces_seen"] > 100_000
    assert {"real 2D", "synthetic 2D", "synthetic R2"} <= bundle.record["errors"].keys()
    engine = load_engine(bundle, device="cpu")
    crops = np.random.default_rng(0).integers(0, 255, (3, bundle.input_size, bundle.input_size, 3), np.uint8)
    prediction = engine.predict(crops)
    assert prediction.position_maps.shape == (3, 256, 256, 3)
    assert np.isfinite(prediction.position_maps).all()
    one = engine.predict(crops[1:2]).position_maps[0]
    assert np.abs(one - prediction.position_maps[1]).max() < 0.05  # pixels: a face does not depend on its batch


def test_unknown_engine_and_absent_device_are_named():
    bundle = load_bundle()
    with pytest.raises(EngineError, match="torch"):
        load_engine(bundle, "abacus")
    if not torch.cuda.is_available():
        with pytest.raises(EngineError, match="CUDA"):
            load_engine(bundle, "torch", "cuda")


@pytest.fixture
def copied(tmp_path):
    return shutil.copytree(load_bundle().folder, tmp_path / "copy")


def test_a_bundle_is_found_by_folder(copied):
    assert load_bundle(copied).name == "copy"


def test_a_name_wins_over_a_folder_of_that_name_in_the_working_directory(copied, tmp_path, monkeypatch):
    (tmp_path / "compact").mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_bundle("compact").folder == WEIGHTS_FOLDER / "compact"
    assert load_bundle("copy").folder == Path("copy")  # no bundle has that name
    shutil.copytree(copied, tmp_path / "compact", dirs_exist_ok=True)
    assert load_bundle("./compact").folder == Path("compact")


def test_a_bundle_knows_its_weights_digest(copied):
    assert load_bundle(copied).weights_digest == sha256(copied / "model.safetensors")


def test_a_record_holds_any_text_and_is_written_at_once_or_not_at_all(copied, monkeypatch):
    data = {"data": 'says "no" \\ über\n\x7f', "rate": 0.1}
    write_record(copied, "compact", 128, data, {})
    assert load_bundle(copied).record["training"] == data

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError):
        write_record(copied, "compact", 128, {}, {})
    assert load_bundle(copied).record["training"] == data


@pytest.mark.parametrize("part", ["model.safetensors", "layout.npz", "model.toml"])
def test_a_missing_part_is_named(copied, part):
    (copied / part).unlink()
    with pytest.raises(BundleError) as error:
        load_bundle(copied)
    assert str(copied) in str(error.value)


def test_damage_is_noticed(copied):
    data = bytearray((copied / "model.safetensors").read_bytes())
    data[-1000] ^= 1
    (copied / "model.safetensors").write_bytes(data)
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(copied)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("format = 1", "format = 99", "format 99"),
        ('"compact"', '"pyramid"', "pyramid"),
        ("format = 1", "format =", "description"),
    ],
)
def test_another_version_is_told_apart(copied, old, new, message):
    record = copied / "model.toml"
    record.write_text(record.read_text().replace(old, new, 1))
    with pytest.raises(BundleError, match=message):
        load_engine(load_bundle(copied), "torch")


@pytest.mark.parametrize("engine", ["torch", "onnx"])
def test_an_architecture_of_another_version_is_named_by_every_engine(copied, engine):
    write_record(copied, "pyramid", 128, {}, {})
    with pytest.raises(BundleError, match="'pyramid' is not known"):
        load_engine(load_bundle(copied), engine)


def test_another_network_s_weights_are_refused(copied):
    from safetensors.torch import save_file

    save_file({"decoder.mean": torch.zeros(3)}, copied / "model.safetensors")
    write_record(copied, "compact", 128, {}, {})
    with pytest.raises(BundleError, match="not the weights"):
        load_engine(load_bundle(copied), "torch")


def test_weights_survive_their_file(copied):
    before = load_network(load_bundle(copied))
    digest = sha256(copied / "model.safetensors")
    save_network(before, copied / "model.safetensors")
    assert sha256(copied / "model.safetensors") == digest
