# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's checkpoint and layout become a bundle. That it answers as TensorFlow does, `make check-prn` shows."""

import numpy as np
import pytest

from nets.capture.capturer import CaptureOptions, Capturer
from nets.commands import run_command
from nets.errors import UsageError
from nets.geometry.pose import Pose
from nets.lab.prn.checkpoint import Checkpoint
from nets.lab.prn.layout import load_prn_layout
from nets.model.bundle import load_bundle
from nets.model.engines import Prediction, load_engine
from nets.topology.head import HeadMaker
from tests.nets.prn_files import prn_tensors, write_checkpoint, write_uv_data


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prn")
    write_checkpoint(folder / "256_256_resfcn256_weight", prn_tensors(np.random.default_rng(0)))
    write_uv_data(folder / "uv-data", load_bundle().layout)
    return folder


@pytest.fixture(scope="module")
def bundle(files):
    command = ["import-prn", str(files / "256_256_resfcn256_weight"), "--uv-data", str(files / "uv-data")]
    assert run_command([*command, "--out", str(files / "bundle")]) == 0
    return load_bundle(files / "bundle")


def test_a_checkpoint_is_read_without_tensorflow(tmp_path):
    rng = np.random.default_rng(1)
    tensors = {f"scope/layer_{k}/weights": rng.normal(size=(3, k + 1)).astype(np.float32) for k in range(40)}
    checkpoint = Checkpoint(write_checkpoint(tmp_path / "model", tensors))
    assert set(checkpoint.entries) == set(tensors)
    assert all(np.array_equal(checkpoint[name], array) for name, array in tensors.items())


def test_the_bundle_runs_on_both_engines(bundle):
    crops = np.random.default_rng(0).integers(0, 255, (2, 256, 256, 3), np.uint8)
    by_torch, by_onnx = (load_engine(bundle, name, "cpu").predict(crops) for name in ("torch", "onnx"))
    assert by_torch.position_maps.std() > 1
    assert np.abs(by_torch.position_maps - by_onnx.position_maps).max() < 0.05
    places = by_torch.position_maps[..., :2]
    assert places.min() >= -0.01 and 256 < places.max() <= 281.61  # 1.1 widths of the crop
    assert (by_torch.confidence > 0.91).all() and by_torch.seen.shape == (2, 0)
    assert bundle.record["licence"] != "CC0-1.0"


def test_the_layout_is_prns_with_the_mean_face_in_millimetres(bundle):
    own, imported = load_bundle().layout, bundle.layout
    assert len(imported.mesh().texels) == len(own.mesh().texels)
    assert np.array_equal(imported.landmarks, own.landmarks)
    assert np.abs(imported.mean - own.mean)[imported.mask].max() < 0.1


class StandIn:
    """An engine that sees the mean face, from the front, in the middle of every crop."""

    name, device = "stand-in", "cpu"

    def __init__(self, layout):
        pose = Pose(0.9, np.diag([1, -1, 1]), np.array([127.5, 110, 0]), 0.0)
        self._map = pose.apply(layout.mean).astype(np.float32)

    def predict(self, crops):
        count, none = len(crops), np.empty((len(crops), 0), np.float32)
        maps, sure = np.repeat(self._map[None], count, 0), np.full(count, 0.95, np.float32)
        return Prediction(
            maps, sure, none, none, np.zeros((count, 53), np.float32), np.zeros((count, 2, 2), np.float32)
        )

    predict_fast = predict


def test_landmarks_and_mesh_of_the_layout_lie_on_the_photo(bundle):
    capturer = Capturer(StandIn(bundle.layout), bundle.layout, bundle.input_size, CaptureOptions(texture_size=256))
    photo = np.full((400, 500, 3), 120, np.uint8)
    (estimate,) = capturer.find(photo, [[200, 150, 300, 260]])
    face = capturer.build(photo, estimate)
    assert np.allclose(face.landmarks68, face.position_map[tuple(bundle.layout.landmarks.T)])
    apart = np.linalg.norm(face.vertices[None] - face.landmarks68[:, None], axis=2).min(1)
    assert apart.max() < 0.5  # pixels: every landmark is on the mesh
    inside = (face.vertices[:, 0] > 100) & (face.vertices[:, 0] < 400)
    assert inside.all() and face.residual < 0.05
    assert face.texture.std() < 3  # the photo's plain colour, though the network does not tell what is in view
    with pytest.raises(UsageError, match="--mesh grid"):
        HeadMaker(bundle.layout)


def test_what_is_not_prns_is_refused(files, tmp_path, capsys):
    def refused(checkpoint, folder):
        assert run_command(["import-prn", str(checkpoint), "--uv-data", str(folder), "--out", str(tmp_path / "b")]) == 1
        return capsys.readouterr().err

    other = write_checkpoint(tmp_path / "other", {"vgg/conv1/weights": np.zeros((3, 3), np.float32)})
    good = files / "256_256_resfcn256_weight"
    assert "not PRN's network: the checkpoint has no resfcn256/Conv/weights" in refused(other, files / "uv-data")
    assert "no such file" in refused(tmp_path / "nothing", files / "uv-data")
    (tmp_path / "photo.index").write_bytes(b"no checkpoint" * 9)
    assert "not the index of a TensorFlow checkpoint" in refused(tmp_path / "photo", files / "uv-data")
    data = tmp_path / "other.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:5])
    with pytest.raises(Exception, match="cut short"):
        Checkpoint(other)["vgg/conv1/weights"]
    assert "the file is missing" in refused(good, tmp_path)
    folder = write_uv_data(tmp_path / "uv-data", load_bundle().layout)
    np.save(folder / "canonical_vertices.npy", np.zeros((5, 3)))
    with pytest.raises(Exception, match="do not belong together"):
        load_prn_layout(folder, load_bundle().layout)
    assert not (tmp_path / "b").exists()
