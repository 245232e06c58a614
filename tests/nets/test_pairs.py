# SPDX-License-Identifier: GPL-3.0-or-later
"""300W-LP's parameters become pairs whose maps lie on the photos, and ResFCN256 learns from pairs."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.io import loadmat, savemat

from nets.commands import run_command
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import UVLayout
from nets.io.photo import read_photo
from nets.lab.pairs import augmentation
from nets.lab.pairs.augmentation import augment_pair
from nets.lab.pairs.files import find_pairs, read_pair
from nets.lab.pairs.samples import held_out_pairs
from nets.lab.pairs.training import PairTrainer
from nets.lab.prn.weights import ANCHORS, without_judgement
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.model.networks.resfcn256 import ResFCN256
from tests.nets.basel_files import MICROMETRES, grid_of, write_basel_model, write_photo
from tests.nets.prn_files import write_uv_data

HEIGHT = 300  # of the photos
POSES = [(0, 0, 0), (0.2, 0, 0), (0, -0.7, 0), (0, 0, 0.4)]  # pitch, yaw, roll
SCALE = 1.1  # pixels per millimetre


def seen(vertices, angles, shift):
    """Where a photo shows vertices (N, 3), by hand for one angle at a time: pixels, y down, z towards the viewer."""
    pitch, yaw, roll = angles
    turns = {
        pitch: [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]],
        yaw: [[np.cos(yaw), 0, -np.sin(yaw)], [0, 1, 0], [np.sin(yaw), 0, np.cos(yaw)]],
        roll: [[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]],
    }
    turn = np.array(next((turns[angle] for angle in angles if angle), np.eye(3)))
    x, y, z = (SCALE / MICROMETRES * vertices @ turn.T + shift).T
    return np.stack([x - 1, HEIGHT - y, z], 1)  # MATLAB counts from 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """BFM.mat, BFM_UV.mat, photos in 300W-LP/AFW, what their vertices are (truth.npz), and the pairs made of them."""
    folder = tmp_path_factory.mktemp("pairs")
    write_basel_model(folder, load_bundle().layout)
    model = loadmat(folder / "BFM.mat")["model"][0, 0]
    rng = np.random.default_rng(1)
    truth = {}
    for number, angles in enumerate(POSES):
        shape, expression = rng.normal(0, 2000, 3), rng.normal(0, 2000, 2)
        vertices = model["shapeMU"][:, 0] + model["shapePC"] @ shape + model["expPC"] @ expression
        shift = np.array([165, 170, 30]) + rng.uniform(-10, 10, 3)
        places = seen(vertices.reshape(-1, 3), angles, shift)
        pose = np.array([*angles, *shift, SCALE / MICROMETRES])
        landmarks = places[model["kpt_ind"].ravel() - 1]
        write_photo(folder / f"300W-LP/AFW/photo_{number}", landmarks, pose, shape, expression)
        truth[f"photo_{number}"] = places
    np.savez(folder / "truth.npz", **truth)
    assert run_command(["prepare-300w-lp", f"{folder}/300W-LP", "--bfm", f"{folder}/BFM.mat", *out(folder)]) == 0
    return folder


def out(folder):
    return ["--out", str(folder / "out")]


def test_maps_hold_the_vertices_in_the_crop(folder):
    texels, _ = grid_of(load_bundle().layout)
    landmarks = loadmat(folder / "BFM.mat")["model"][0, 0]["kpt_ind"].ravel() - 1
    pairs = find_pairs(folder / "out")
    assert [pair.photo.relative_to(folder / "out").as_posix() for pair in pairs] == [
        f"AFW/photo_{number}.jpg" for number in range(len(POSES))
    ]
    for pair in pairs:
        places = np.load(folder / "truth.npz")[pair.photo.stem]
        low, high = places[landmarks, :2].min(0), places[landmarks, :2].max(0)
        zoom = 256 / (1.6 * (high - low).mean())
        expected = (places - [*(low + high) / 2, places[:, 2].min()]) * zoom + (127.5, 127.5, 0)
        photo, position_map = read_pair(pair)
        found = position_map[tuple(texels.T)]
        known = found.any(1)  # rounding leaves out some texels at the very edge
        assert known.mean() > 0.95 and np.abs(found - expected)[known].max() < 0.1
        assert position_map[0, 0].tolist() == [0, 0, 0]  # beside the surface
        for number in (2, 4, 6):  # the photo shows each landmark's dot where the map says
            x, y = np.rint(expected[landmarks[number], :2]).astype(int)
            red, blue = 60 + 180 * number / 68, 200 if number % 2 else 90
            assert np.abs(photo[y, x, [2, 0]] - np.array([red, blue])).max() < 45


def test_the_layout_is_the_models_without_the_neck(folder):
    own, made = load_bundle().layout, UVLayout.load(folder / "out/layout.npz")
    assert np.abs(made.landmarks - own.landmarks).max() <= 2
    fit = fit_similarity(made.mean[made.mask], own.mean[made.mask])  # the landmarks are at the nearest vertices here
    assert fit.scale == pytest.approx(1, abs=0.03) and np.trace(fit.rotation) > 2.99
    assert np.linalg.norm(fit.apply(made.mean[made.mask]) - own.mean[made.mask], axis=1).mean() < 0.2  # millimetres
    assert set(np.unique(made.weights)) == {0, 3, 4, 16} and (made.weights == 16).sum() == 68
    assert (made.weights[~made.mask] == 0).all()
    tip, chin = made.landmarks[30], made.landmarks[8]
    assert made.weights[tip[0] + 1, tip[1] + 1] == 4 and made.mask[chin[0] - 2, chin[1]]
    jaw = made.landmarks[1:16]
    assert made.mask[tuple(jaw.T)].all() and not made.mask[-30:].any()  # the neck is below


@pytest.mark.parametrize("seed", range(6))
def test_maps_follow_the_augmented_photo(folder, seed, monkeypatch):
    monkeypatch.setattr(augmentation, "COVERED", 0)
    pair = find_pairs(folder / "out")[seed % len(POSES)]
    _, position_map = read_pair(pair)
    layout = UVLayout.load(folder / "out/layout.npz")
    x, y, z = position_map[tuple(layout.landmarks[30])]
    column, row = np.meshgrid(np.arange(256), np.arange(256))
    spot = 255 * np.exp(-((column - x) ** 2 + (row - y) ** 2) / 18)
    photo = spot[..., None].repeat(3, 2).astype(np.uint8)
    picture, moved = augment_pair(np.random.default_rng(seed), photo, position_map, layout.mask)
    bright = picture[..., 0].astype(float) ** 2
    found = np.array([(bright * column).sum(), (bright * row).sum()]) / bright.sum()
    assert np.abs(found - moved[tuple(layout.landmarks[30])][:2]).max() < 0.3
    assert 0.9 <= moved[tuple(layout.landmarks[30])][2] / z <= 1.2
    lengths = [
        np.linalg.norm(np.diff(each[tuple(layout.landmarks[[8, 27]].T)], axis=0)) for each in (position_map, moved)
    ]
    assert lengths[1] / lengths[0] == pytest.approx(moved[tuple(layout.landmarks[30])][2] / z, rel=1e-4)


def test_the_loss_falls(folder):
    pairs, layout = find_pairs(folder / "out"), UVLayout.load(folder / "out/layout.npz")
    torch.manual_seed(0)
    trainer = PairTrainer(without_judgement(ResFCN256(ANCHORS)), layout, "cpu", 1e-2)
    batch = held_out_pairs(pairs[:1])
    course = [trainer.learn(batch, 0.0) for _ in range(4)]
    assert course[-1] < 0.8 * course[0]


@pytest.mark.slow
def test_a_run_on_pairs_resumes_and_leaves_a_bundle(folder, tmp_path):
    command = ["train", "--pairs", str(folder / "out"), "--network", "resfcn256", "--batch", "2", "--loaders", "0"]
    command += ["--run", str(tmp_path / "run"), "--real", str(folder / "300W-LP/AFW")]

    def run(*options) -> list[dict]:
        assert run_command([*command, *options]) == 0
        with (tmp_path / "run/log.csv").open() as log:
            return list(csv.DictReader(log))

    (first,) = run("--minutes", "0.01")
    *_, second = run("--minutes", str(float(first["minutes"]) + 0.02))
    assert int(second["pairs"]) > int(first["pairs"]) > 0
    bins = [float(second[f"real 2D {name}"]) for name in ("yaw 0-30", "yaw 30-60")]
    assert float(second["real 2D"]) == pytest.approx((3 * bins[0] + bins[1]) / 4, abs=0.01)
    bundle = load_bundle(tmp_path / "run/bundle")
    assert bundle.architecture == "resfcn256" and bundle.record["licence"] != "CC0-1.0"
    photo = read_photo(find_pairs(folder / "out")[0].photo)
    prediction = load_engine(bundle, "torch", "cpu").predict(photo[None])
    assert prediction.position_maps.shape == (1, 256, 256, 3) and prediction.confidence[0] > 0.9
    (last,) = run("--start", str(tmp_path / "run/bundle"), "--run", str(tmp_path / "other"), "--minutes", "0")[-1:]
    assert last == second  # the other run has its own log
    assert (tmp_path / "other/bundle/model.toml").exists()


def test_pairs_from_elsewhere_need_prns_layout(folder, tmp_path, capsys):
    for file in (folder / "out/AFW").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    command = ["train", "--pairs", str(tmp_path), "--network", "resfcn256", "--minutes", "0", "--real", str(tmp_path)]
    command += ["--run", str(tmp_path / "run"), "--loaders", "0"]
    assert run_command(command) == 2
    assert "--uv-data" in capsys.readouterr().err
    uv_data = write_uv_data(tmp_path / "uv-data", load_bundle().layout)
    assert run_command([*command, "--uv-data", str(uv_data)]) == 0
    assert (load_bundle(tmp_path / "run/bundle").layout.mask == load_bundle().layout.mask).all()


def test_what_is_wrong_is_said(folder, tmp_path, capsys):
    def error(command, *options) -> str:
        assert run_command([command, *map(str, options)]) in (1, 2)
        return capsys.readouterr().err

    bfm, photos = folder / "BFM.mat", folder / "300W-LP"
    prepare = "prepare-300w-lp", photos, *out(tmp_path), "--bfm"
    assert "BFM.mat: no such file" in error(*prepare, tmp_path / "BFM.mat")
    (tmp_path / "BFM.mat").write_bytes(b"no MATLAB file" * 20)
    assert "not a MATLAB file" in error(*prepare, tmp_path / "BFM.mat")
    savemat(tmp_path / "BFM.mat", {"shapeMU": np.zeros(3)})
    assert "without the variable model" in error(*prepare, tmp_path / "BFM.mat")
    savemat(tmp_path / "UV.mat", {"UV": np.zeros((5, 2))})
    assert "texture coordinates of shape (5, 2)" in error(*prepare, bfm, "--uv", tmp_path / "UV.mat")
    (tmp_path / "empty").mkdir()
    assert "no photos with parameters" in error("prepare-300w-lp", tmp_path / "empty", "--bfm", bfm, *out(tmp_path))

    other = tmp_path / "photos"
    other.mkdir()
    for suffix in (".jpg", ".mat"):
        (other / f"good{suffix}").write_bytes((photos / f"AFW/photo_0{suffix}").read_bytes())
    (other / "bad.jpg").write_bytes((photos / "AFW/photo_0.jpg").read_bytes())
    savemat(
        other / "bad.mat", {"Pose_Para": np.zeros((1, 7)), "Shape_Para": np.zeros((199, 1)), "Exp_Para": np.zeros(2)}
    )
    text = error("prepare-300w-lp", other, "--bfm", bfm, *out(tmp_path))
    assert "bad.mat: Shape_Para has 199 numbers, but the face model asks for 3" in text
    assert (tmp_path / "out/good.npy").exists() and not (tmp_path / "out/bad.npy").exists()

    train = "train", "--minutes", 0, "--run", tmp_path / "run", "--pairs"
    assert "--network resfcn256" in error(*train, folder / "out", "--network", "compact")
    assert "no pairs here" in error(
        *train,
        tmp_path / "empty",
        "--network",
        "resfcn256",
        "--uv-data",
        write_uv_data(tmp_path / "uv", load_bundle().layout),
    )
    np.save(tmp_path / "out/good.npy", np.zeros((128, 128, 3), np.float32))
    assert "128 x 128 x 3, is no position map" in error(*train, tmp_path / "out", "--network", "resfcn256")
