# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line has written becomes heads: all, the chosen ones, and what is bad about such folders."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.data.results import read_results
from blender_prnet.scene.camera import camera_of, frame_photo
from tests.blender.test_capture import heads, seen_by_the_camera

pytestmark = pytest.mark.one_version

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def written(photos, tmp_path_factory):
    """The results of all test photos."""
    out = tmp_path_factory.mktemp("results")
    files = [photos / name for name in ("portrait.png", "wide.png", "sky.png", "broken.png")]
    command = [os.environ["PRNET_WORKER_PYTHON"], "-m", "nets", "reconstruct", *files, "--out", out]
    subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    return out


@pytest.fixture
def results(written, tmp_path):
    return Path(shutil.copytree(written, tmp_path / "out"))


def import_results(folder):
    return bpy.ops.prnet.import_results(directory=str(folder))


def points(key):
    """Its points (V, 3)."""
    values = np.empty(3 * len(key.points), np.float32)
    key.points.foreach_get("co", values)
    return values.reshape(-1, 3)


def rows():
    return bpy.context.window_manager.prnet_results.rows


def failed():
    return {line.name: line.reason for line in bpy.context.window_manager.prnet_folder.failed}


def edit(file, **changes):
    with np.load(file) as entries:
        np.savez(file, **{**entries, **changes})


def test_all_results_become_heads_that_lie_on_their_photos(results):
    assert import_results(results) == {"FINISHED"}
    assert [head.name for head in heads()] == ["Head portrait_0", "Head wide_0", "Head wide_1"]
    assert failed().keys() == {"broken.png", "sky.png"} and failed()["sky.png"] == "no face found"
    for head in heads():
        assert len(head.users_collection) == 1
        frame_photo(bpy.context.scene, camera_of(head), head["prnet_image_size"])
        with np.load(results / f"{head.name.removeprefix('Head ')}.npz") as face:
            keys = head.data.shape_keys.key_blocks  # the mesh is at rest, the photo shows an expression
            assert {"jawOpen", "eyeBlinkLeft"} <= set(keys.keys())
            shown = sum(key.value * (points(key) - points(keys[0])) for key in keys[1:])
            head.data.attributes["position"].data.foreach_set("vector", (points(keys[0]) + shown).ravel())
            assert np.abs(seen_by_the_camera(head) - face["vertices"][:, :2]).max() < 0.5
        assert camera_of(head).data.background_images[0].image.filepath == head["prnet_source"]


def test_only_the_chosen_rows_are_imported(results):
    bpy.context.scene.prnet_results.folder = str(results)
    chosen = {row.name: (row.chosen, row.faces) for row in rows()}
    assert chosen == {
        "portrait.png": (True, 1),
        "wide.png": (True, 2),
        "sky.png": (False, 0),
        "broken.png": (False, 0),
    }
    bpy.ops.prnet.choose_results(action="NONE")
    with pytest.raises(RuntimeError, match=r"No photo of .* is chosen"):
        bpy.ops.prnet.import_results()
    rows()[next(number for number, row in enumerate(rows()) if row.name == "portrait.png")].chosen = True
    assert bpy.ops.prnet.import_results() == {"FINISHED"}
    assert [head.name for head in heads()] == ["Head portrait_0"]
    assert not any(row.chosen for row in rows()) and not failed()


def test_photos_may_have_moved(results, photos, tmp_path):
    """Beside the results they are found again; without them the heads come alone."""
    report = json.loads((results / "report.json").read_text())
    for entry in report["inputs"]:
        entry["path"] = f"/elsewhere/{Path(entry['path']).name}"
    (results / "report.json").write_text(json.dumps(report))
    shutil.copy(photos / "portrait.png", results)
    import_results(results)
    assert [head["prnet_source"] for head in heads()][:2] == [str(results / "portrait.png"), "/elsewhere/wide.png"]
    shown = {camera.name: camera.show_background_images for camera in bpy.data.cameras}
    assert shown == {"Camera portrait": True, "Camera wide": False}


DAMAGES = {
    "damaged or cut short": lambda file: file.write_bytes(file.read_bytes()[:100_000]),
    "does not exist any more": Path.unlink,
    "quads refer to vertices": lambda file: edit(file, quads=np.full((5, 4), 10**6, np.int32)),
    "vertices holds values that are not numbers": lambda file: edit(
        file, vertices=np.full((10, 3), np.nan, np.float32)
    ),
    "damaged": lambda file: edit(file, vertices=np.array([object()])),  # pickled: never opened
    "uv is float64 .4,. where": lambda file: edit(file, uv=np.zeros(4)),
}


@pytest.mark.parametrize("reason", DAMAGES)
def test_a_bad_file_costs_nothing_but_itself(results, reason):
    DAMAGES[reason](results / "wide_0.npz")
    assert import_results(results) == {"FINISHED"}
    assert [head.name for head in heads()] == ["Head portrait_0", "Head wide_1"]
    assert re.search(reason, failed()["wide.png"])


REPORTS = {
    "There is no report.json": None,
    "not a report of results, or is cut short": '{"inputs": [{"path": "a.jpg", "st',
    "not a report of results": '{"inputs": 7}',
}


@pytest.mark.parametrize("message", REPORTS)
def test_a_folder_that_is_no_folder_of_results(tmp_path, message):
    if REPORTS[message]:
        (tmp_path / "report.json").write_text(REPORTS[message])
    with pytest.raises(RuntimeError, match=message):
        import_results(tmp_path)


def test_a_run_that_has_not_ended(tmp_path):
    (tmp_path / "report.jsonl").write_text("{}")
    with pytest.raises(RuntimeError, match=r"has not ended.*--resume"):
        import_results(tmp_path)


def test_results_in_subfolders_are_imported(photos, tmp_path):
    """As `reconstruct --subfolders` writes them, and nothing to which a link or a name leads out of the folder."""
    shoot, out = tmp_path / "shoot", tmp_path / "out"
    (shoot / "day 1/morning").mkdir(parents=True)
    shutil.copy(photos / "portrait.png", shoot / "day 1/morning/a.png")
    command = [os.environ["PRNET_WORKER_PYTHON"], "-m", "nets", "reconstruct", shoot, "--subfolders", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    assert (out / "day 1/morning/a_0.npz").is_file()
    assert import_results(out) == {"FINISHED"}
    assert [head["prnet_source"] for head in heads()] == [str(shoot / "day 1/morning/a.png")]

    (out / "day 1").rename(tmp_path / "elsewhere")
    (out / "day 1").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RuntimeError, match="No photo of"):
        import_results(out)
    assert "outside the folder" in failed()["a.png"]


OUTSIDE = ["../a.npz", "sub/../../a.npz", "/a.npz", "C:a.npz", "C:/a.npz", "//server/share/a.npz", "sub\\..\\..\\a.npz"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_results_outside_the_folder_are_refused(tmp_path, name):
    entry = {"path": "a.jpg", "status": "ok", "faces": [{"box": [0, 0, 1, 1], "confidence": 1, "file": name}]}
    (tmp_path / "report.json").write_text(json.dumps({"inputs": [entry]}))
    (result,) = read_results(tmp_path)
    assert not result.files and "outside the folder" in result.error


def test_entries_that_make_no_sense_are_told_of(results):
    report = json.loads((results / "report.json").read_text())
    face = {"box": [0, 0, 1, 1], "confidence": 1, "file": "../../secret.npz"}
    report["inputs"] += [
        3,
        {"path": "\ud800.jpg", "status": "ok", "faces": "\ud800"},
        {"path": "outside.jpg", "status": "ok", "faces": [face]},
        {"path": "mesh.jpg", "status": "ok", "faces": [{**face, "file": "mesh_0.obj"}]},
        {"path": "clip.mp4", "frame": 3, "status": "ok", "faces": [face]},
    ]
    (results / "report.json").write_text(json.dumps(report))
    assert import_results(results) == {"FINISHED"} and len(heads()) == 3
    reasons = [
        "not an entry of a report",
        "not an entry of a report",
        "outside the folder",
        "--formats npz",
        "bake the movie instead",
    ]
    for name, reason in zip(["entry 4", "entry 5", "outside.jpg", "mesh.jpg", "clip.mp4"], reasons, strict=True):
        assert reason in failed()[name]
