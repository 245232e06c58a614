# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line with the weights that come along: exit codes, report.json and result files."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.commands import run_command
from nets.geometry.crop import landmark_box
from nets.io.photo import read_photo
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.engines import load_engine

PHOTO = astronaut()
FACE = [181, 82, 262, 166]  # brows to chin, by eye
GRID = ["--mesh", "grid"]  # the quickest, where a test is not about the mesh
ROOT = Path(__file__).parents[2]


def write(path, rgb=PHOTO):
    path.write_bytes(cv2.imencode(path.suffix, rgb[..., ::-1])[1].tobytes())
    return path


def reconstruct(*arguments):
    """Exit code and, where one was written, the report's entries by file name."""
    code = run_command(["reconstruct", *map(str, arguments)])
    report = Path(arguments[arguments.index("--out") + 1]) / "report.json"
    entries = json.loads(report.read_text(encoding="utf-8"))["inputs"] if report.is_file() else []
    return code, {Path(entry["path"]).name: entry for entry in entries}


def test_one_bad_file_never_stops_the_others(tmp_path):
    folder, out = tmp_path / "ein Ordner mit Fötos", tmp_path / "out"
    folder.mkdir()
    good = write(folder / "a gute 顔.png")
    (folder / "b empty.jpg").touch()
    (folder / "c text.jpg").write_text("no picture")
    (folder / "d cut.png").write_bytes(good.read_bytes()[:5000])
    write(folder / "e dot.png", PHOTO[:1, :1])
    write(folder / "f blank.png", np.full((200, 200, 3), 128, np.uint8))
    write(folder / "g last.jpg")
    code, entries = reconstruct(folder, tmp_path / "missing.jpg", "--out", out, "--workers", 2, *GRID)
    assert code == 1
    statuses = {name: entry["status"] for name, entry in entries.items()}
    bad = dict.fromkeys(["b empty.jpg", "c text.jpg", "d cut.png", "e dot.png", "missing.jpg"], "unreadable")
    assert statuses == {"a gute 顔.png": "ok", **bad, "f blank.png": "no_face", "g last.jpg": "ok"}
    assert list(statuses)[-1] == "missing.jpg" and len({entries[name]["error"] for name in bad}) == 5
    for name in ("a gute 顔.png", "g last.jpg"):
        entry = entries[name]
        assert len(entry["faces"]) == 1 and entry["error"] is None
        assert all(entry["ms"][stage] > 0 for stage in ("read", "detect", "network", "mesh", "write"))
        face = entry["faces"][0]
        assert np.abs(np.array(face["box"]) - FACE).max() < 25 and 0.5 <= face["confidence"] <= 1
        assert face["file"] == f"{Path(name).stem}_0.npz" and (out / face["file"]).is_file()
    assert sorted(path.suffix for path in out.iterdir()) == [".json", ".jsonl", ".npz", ".npz"]


def test_result_is_consistent(tmp_path):
    code, _ = reconstruct(write(tmp_path / "face.png"), "--out", tmp_path / "out", *GRID)
    assert code == 0
    face = dict(np.load(tmp_path / "out" / "face_0.npz", allow_pickle=False))
    layout = load_bundle(DEFAULT_BUNDLE).layout
    assert face["position_map"].shape == (256, 256, 3) and face["texture"].shape == (1024, 1024, 3)
    np.testing.assert_array_equal(face["image_size"], [512, 512])
    np.testing.assert_array_equal(face["landmarks68"], layout.landmarks_of(face["position_map"]))
    np.testing.assert_allclose(face["box"], np.r_[face["landmarks68"][:, :2].min(0), face["landmarks68"][:, :2].max(0)])
    canonical = layout.sample(layout.mesh(), layout.mean)
    posed = face["pose_scale"] * canonical @ face["pose_rotation"].T + face["pose_translation"]
    size = np.sqrt(np.prod(face["box"][2:] - face["box"][:2]))
    assert np.sqrt(((posed - face["vertices"]) ** 2).sum(1).mean()) < 0.2 * size
    assert np.linalg.det(face["pose_rotation"]) == pytest.approx(-1, abs=1e-4)


def test_even_light_keeps_the_skin_in_the_photo_s_light(tmp_path):
    write(tmp_path / "face.png")
    assert reconstruct(tmp_path / "face.png", "--out", tmp_path / "out", "--even-light")[0] == 0
    with np.load(tmp_path / "out/face_0.npz") as stored:
        even, photo = stored["texture"].astype(float), stored["texture_skin_photo"].astype(float)
    assert even.shape == photo.shape and np.abs(even - photo).mean() > 1


def test_detail_is_a_normal_map_in_every_format_that_has_one(tmp_path):
    write(tmp_path / "face.png")
    options = ["--detail", "--formats", "npz,obj,glb"]
    assert reconstruct(tmp_path / "face.png", "--out", tmp_path / "out", *options)[0] == 0
    with np.load(tmp_path / "out/face_0.npz") as stored:
        normals = stored["texture_skin_normal"]
    length = np.linalg.norm(normals / 127.5 - 1, axis=-1)
    assert normals[..., :2].std() > 2 and np.abs(length - 1).max() < 0.03
    assert "norm face_0_skin_normal.png" in (tmp_path / "out/face_0.mtl").read_text()
    assert np.array_equal(read_photo(tmp_path / "out/face_0_skin_normal.png"), normals)
    assert b'"normalTexture"' in (tmp_path / "out/face_0.glb").read_bytes()


def test_given_boxes_replace_detection(tmp_path):
    photo = write(tmp_path / "two.png", np.concatenate([PHOTO, PHOTO], 1))
    small, large = [700, 90, 765, 160], FACE
    (tmp_path / "boxes.json").write_text(json.dumps({"two.png": [small, large], "other.png": []}))
    _, entries = reconstruct(photo, "--out", tmp_path / "out", "--boxes", tmp_path / "boxes.json", *GRID)
    boxes = np.array([face["box"] for face in entries["two.png"]["faces"]])
    assert boxes.shape == (2, 4) and entries["two.png"]["ms"]["detect"] == 0
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
    assert areas[0] >= areas[1]
    options = ["--boxes", tmp_path / "boxes.json", "--faces", "largest", *GRID]
    _, entries = reconstruct(photo, "--out", tmp_path / "out", *options)
    assert [face["box"] for face in entries["two.png"]["faces"]] == boxes[:1].tolist()


def test_twelve_faces(tmp_path):
    head = PHOTO[20:230, 110:330]
    photo = write(tmp_path / "class.png", np.tile(head, (3, 4, 1)))
    _, entries = reconstruct(photo, "--out", tmp_path / "out", *GRID)
    faces = entries["class.png"]["faces"]
    assert len(faces) == 12 and len(list((tmp_path / "out").glob("class_*.npz"))) == 12
    cells = {(int((f["box"][0] + f["box"][2]) / 2) // 220, int((f["box"][1] + f["box"][3]) / 2) // 210) for f in faces}
    assert len(cells) == 12


def test_video(tmp_path):
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 25, (512, 512))
    for _ in range(2):
        writer.write(PHOTO[..., ::-1])
    writer.release()
    assert run_command(["reconstruct", str(path), "--out", str(tmp_path / "out"), *GRID]) == 0
    entries = json.loads((tmp_path / "out" / "report.json").read_text())["inputs"]
    assert [(entry["frame"], entry["status"]) for entry in entries] == [(0, "ok"), (1, "ok")]
    assert (tmp_path / "out" / "clip_000001_0.npz").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="file names are not bytes here")
def test_a_name_that_is_no_text(tmp_path):
    photo = write(tmp_path / os.fsdecode(b"old \xe4.png"))
    code, entries = reconstruct(photo, "--out", tmp_path / "out", "--formats", "obj", *GRID)
    assert code == 0 and entries["old \\xe4.png"]["faces"][0]["file"] == "old \\xe4_0.obj"
    assert b"old \xe4_0.obj" in os.listdir(os.fsencode(tmp_path / "out"))


def test_a_result_that_cannot_be_written(tmp_path):
    out = tmp_path / "out"
    (out / "one_0.npz").mkdir(parents=True)  # its place is taken
    photos = [write(tmp_path / "one.png"), write(tmp_path / "two.jpg")]
    code, entries = reconstruct(*photos, "--out", out, *GRID)
    assert code == 1
    assert [entries[name]["status"] for name in ("one.png", "two.jpg")] == ["not_written", "ok"]
    assert "one_0.npz" in entries["one.png"]["error"] and (out / "two_0.npz").is_file()


def test_missing_and_damaged_weights(tmp_path, capsys):
    photo, out = write(tmp_path / "face.png"), tmp_path / "out"
    code, entries = reconstruct(photo, "--out", out, "--model", "nowhere")
    assert code == 1 and entries["face.png"]["status"] == "model_error" and "nowhere" in capsys.readouterr().err
    damaged = tmp_path / "damaged"
    shutil.copytree(load_bundle(DEFAULT_BUNDLE).folder, damaged)
    weights = bytearray((damaged / "model.safetensors").read_bytes())
    weights[len(weights) // 2] ^= 1
    (damaged / "model.safetensors").write_bytes(weights)
    code, entries = reconstruct(photo, "--out", out, "--model", damaged)
    assert code == 1 and "damaged" in entries["face.png"]["error"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["face.png"],
        ["--out", "out"],
        ["face.png", "--out", "out", "--formats", "npz,fbx"],
        ["face.png", "--out", "out", "--workers", "0"],
        ["face.png", "--out", "out", "--faces", "some"],
        ["face.png", "--out", "out", "--boxes", "nowhere.json"],
        ["face.png", "--out", "out", "--boxes", "list.json"],
        ["face.png", "--out", "out", "--boxes", "turned.json"],
        ["face.png", "--out", "face.png"],
        [".", "--out", ".", "--formats", "npz,png"],
        ["face.png", "--out", "out", "--shard", "3/2"],
        ["face.png", "--out", "out", "--track", "--resume"],
        ["face.png", "--out", "out", "--track", "--shard", "1/2"],
        ["face.png", "--out", "out", "--track", "--boxes", "boxes.json"],
        ["face.png", "--out", "out", "--track", "--formats", "npz"],
        ["face.png", "--out", "out", "--track", "--workers", "2"],
        ["face.png", "--out", "out", "--track", "--even-light"],
        ["face.png", "--out", "out", "--track", "--detail"],
        ["face.png", "--out", "out", "--mesh", "grid", "--even-light"],
        ["face.png", "--out", "out", "--mesh", "grid", "--detail"],
    ],
)
def test_wrong_usage(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "face.png")
    Path("list.json").write_text("[[1, 2, 3, 4]]")
    Path("boxes.json").write_text('{"face.png": [[10, 10, 30, 40]]}')
    Path("turned.json").write_text('{"face.png": [[30, 10, 20, 40]]}')
    try:
        code = run_command(["reconstruct", *arguments])
    except SystemExit as exit:
        code = exit.code
    assert code == 2 and capsys.readouterr().err.strip()


def test_the_path_needs_only_numpy_and_opencv():
    heavy = "{'torch', 'scipy', 'numba', 'PIL', 'skimage', 'bpy'}"
    check = f"import sys, nets.capture.capturer, nets.commands.reconstruct; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_run_as_a_module(tmp_path):
    write(tmp_path / "face.png")
    command = [sys.executable, "-m", "nets", "reconstruct", str(tmp_path / "face.png"), "--out", str(tmp_path)]
    done = subprocess.run([*command, "--formats", "png"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "face_0.png").is_file() and "1 face" in done.stderr


@pytest.mark.parametrize("degrees", [60, 90, 180, 270])
def test_a_given_box_round_a_tilted_head(degrees):
    """The portrait turned about the face: the landmarks turn with it, whatever way up the box is."""
    bundle = load_bundle(DEFAULT_BUNDLE)
    capturer = Capturer(load_engine(bundle), bundle.layout, bundle.input_size, CaptureOptions())
    [upright] = capturer.find(PHOTO, [FACE])
    affine = cv2.getRotationMatrix2D((220, 120), -degrees, 1)
    turned = cv2.warpAffine(PHOTO, affine, (512, 512), borderMode=cv2.BORDER_REPLICATE)
    expected = upright.landmarks[:, :2] @ affine[:, :2].T + affine[:, 2]
    [found] = capturer.find(turned, [landmark_box(expected)])
    assert np.linalg.norm(found.landmarks[:, :2] - expected, axis=1).mean() < 0.03 * upright.size
