# SPDX-License-Identifier: GPL-3.0-or-later
"""The `batch` command on a Ray cluster of two nodes on this machine."""

import json
import os
import shutil
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.commands import run_command

os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_worker_niceness": "0"}
pytest.importorskip("ray", reason="Ray is not installed: pip install -r requirements/ray.txt")

COUNT = 8
PATIENCE = 600  # seconds, for a busy machine


@pytest.fixture(scope="module")
def cluster():
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    cluster.mortal = cluster.add_node(num_cpus=1)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def photos(tmp_path_factory) -> Path:
    """Photos of a face that moves, a copy of the first, a damaged file and a photo without a face."""
    folder = tmp_path_factory.mktemp("photos")
    portrait = astronaut()[:300, 60:380, ::-1]
    for k in range(COUNT):
        cv2.imwrite(str(folder / f"face {k:02}.jpg"), np.roll(portrait, 3 * k, axis=1))
    shutil.copy(folder / "face 00.jpg", folder / "twice.jpg")
    cv2.imwrite(str(folder / "wall.png"), np.full((120, 120, 3), 90, np.uint8))
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def report(out: Path) -> dict[str, str]:
    """Name -> status of a complete report, which holds every photo once."""
    content = json.loads((out / "report.json").read_text())
    assert content["complete"]
    names = [Path(entry["path"]).name for entry in content["inputs"]]
    assert len(set(names)) == len(names)
    return dict(zip(names, (entry["status"] for entry in content["inputs"]), strict=True))


EXPECTED = {f"face {k:02}.jpg": "ok" for k in range(COUNT)}
EXPECTED |= {"torn.jpg": "unreadable", "twice.jpg": "duplicate", "wall.png": "no_face"}


def test_a_node_that_dies_loses_nothing(cluster, photos, tmp_path):
    out, journal = tmp_path / "out", tmp_path / "out/report.jsonl"

    def kill_one() -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not (journal.is_file() and journal.read_bytes().count(b"\n") > 3):
            time.sleep(0.02)
        killed.append(journal.read_bytes().count(b"\n") - 1)
        cluster.remove_node(cluster.mortal, allow_graceful=False)
        (out / ".face 00_0.npz.1.part").touch()  # as if it had died while it wrote

    killed = []
    killer = threading.Thread(target=kill_one)
    killer.start()
    command = ["batch", str(photos), "--out", str(out), "--ray", cluster.address, "--actors", "2", "--mesh", "grid"]
    assert run_command(command) == 1
    killer.join()
    assert 3 <= killed[0] < len(EXPECTED)
    assert report(out) == EXPECTED
    assert f"the same content as {photos / 'face 00.jpg'}" in (out / "report.json").read_text()
    assert sorted(path.name for path in out.glob("*.npz")) == [f"face {k:02}_0.npz" for k in range(COUNT)]
    assert journal.read_bytes().count(b"\n") == 1 + len(EXPECTED) and not list(out.glob(".*"))


def test_addresses_and_a_run_taken_up_again(cluster, photos, tmp_path):
    source, out = photos.as_uri(), tmp_path / "out"
    command = ["batch", source, "--out", out.as_uri(), "--ray", cluster.address, "--actors", "1", "--formats", "ply"]
    for path in sorted(photos.iterdir())[2:COUNT]:
        path.unlink()
    left = {path.name: EXPECTED[path.name] for path in sorted(photos.iterdir())}
    assert run_command(command) == 1
    assert report(out) == left and len(list(out.glob("*.ply"))) == 2
    (out / "face 01_0.ply").unlink()
    before = (out / "face 00_0.ply").stat().st_mtime_ns
    assert run_command([*command, "--resume"]) == 1
    assert report(out) == left and (out / "face 01_0.ply").is_file()
    assert (out / "face 00_0.ply").stat().st_mtime_ns == before


def test_what_is_wrong_is_said(photos, tmp_path, capsys):
    out = str(tmp_path / "out")
    assert run_command(["batch", "nowhere://photos", "--out", out]) == 2
    assert "nowhere" in capsys.readouterr().err
    assert run_command(["batch", str(photos), "--out", out, "--model", "nowhere"]) == 1
    assert "there is no model here" in capsys.readouterr().err
