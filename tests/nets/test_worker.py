# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker as Blender starts it: a process, spoken to over its pipes."""

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.face import FaceResult
from nets.interface import protocol
from nets.model.bundle import available_bundles
from nets.performance.performance import Performance
from nets.worker.jobs import JOBS

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds, for a busy machine


class Session:
    """A running worker with a clock on it: reading from a worker that hangs fails instead of hanging."""

    def __init__(self, log):
        self.log = log.open("wb")
        command = [sys.executable, "-m", "nets.worker"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=self.log)
        self.clock = threading.Timer(PATIENCE, self.process.kill)
        self.clock.start()
        self.hello, _ = self.read()

    def read(self):
        received = protocol.read(self.process.stdout)
        assert received is not None, "the worker died or was silent for too long"
        return received

    def ask(self, paths, job=1, **options):
        request = {"type": "reconstruct", "job": job, "paths": [str(path) for path in paths], "options": options}
        protocol.write(self.process.stdin, request)

    def until(self, kind):
        messages = [self.read()]
        while messages[-1][0]["type"] != kind:
            messages.append(self.read())
        return messages

    def close(self):
        self.clock.cancel()
        self.process.kill()
        self.process.wait()
        self.log.close()


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path / "worker.log")
    yield session
    session.close()


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "portrait ü.png"
    path.write_bytes(cv2.imencode(".png", astronaut()[..., ::-1])[1].tobytes())
    return path


def of_kind(messages, kind):
    return [(message, arrays) for message, arrays in messages if message["type"] == kind]


def test_every_job_is_described_in_the_protocol():
    requests = protocol.__doc__.partition("client -> worker\n")[2].partition("\n\n")[0]
    described = set(re.findall(r"^ {4}(\w+)", requests, re.MULTILINE))
    assert described == set(JOBS) | {"cancel", "quit"}


@pytest.mark.skipif(not hasattr(os, "nice"), reason="on Windows its parent sees to it")
def test_blender_comes_first_where_cores_are_few(session):
    ours, its = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (os.getpid(), session.process.pid))
    assert its > ours or ours == 19  # the least there is


def test_a_job_from_hello_to_done(session, photo, tmp_path):
    assert session.hello["type"] == "hello" and session.hello["protocol"] == protocol.PROTOCOL
    assert session.hello["models"] == available_bundles() and session.hello["version"] == protocol.VERSION
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    session.ask([bad, photo], job=7, density="medium", texture_size=256)
    messages = session.until("done")
    assert messages[-1][0] == {"type": "done", "job": 7, "cancelled": False}
    inputs = [message for message, _ in of_kind(messages, "input")]
    assert [(entry["path"], entry["status"]) for entry in inputs] == [(str(bad), "unreadable"), (str(photo), "ok")]
    assert {message["path"] for message, _ in of_kind(messages, "progress")} == {str(bad), str(photo)}
    [(face, arrays)] = of_kind(messages, "face")
    assert (face["job"], face["path"], face["index"]) == (7, str(photo), 0) and face["residual"] > 0
    assert set(arrays) == set(FaceResult.__dataclass_fields__) - {"residual"}
    assert arrays["texture"].shape == (256, 256, 3) and arrays["texture"].dtype == np.uint8
    assert len(arrays["vertices"]) == len(arrays["uv"]) < 20000
    # The worker stays warm for the next job, whose detection is replaced by a box.
    session.ask([photo], job=8, boxes={str(photo): [[181, 82, 262, 166]]}, texture_size=64)
    again = session.until("done")
    [(face, arrays)] = of_kind(again, "face")
    assert face["job"] == 8 and len(arrays["vertices"]) > 50000


def test_requests_of_thousands_of_long_paths_are_answered(session, tmp_path):
    paths = [str(tmp_path / f"{'a folder with a long name ' * 9}{index:05}.png") for index in range(4_000)]
    assert sum(map(len, paths)) > 1 << 20  # MiB, which once was the longest request
    session.ask(paths, job=1)
    messages = session.until("done")
    assert not of_kind(messages, "error") and len(of_kind(messages, "input")) == len(paths)
    request = {"type": "track", "job": 2, "source": {"paths": paths}, "cache": str(tmp_path / "cache")}
    protocol.write(session.process.stdin, request)
    [(error, _)] = of_kind(session.until("done"), "error")
    assert "no such file" in error["message"]


def test_a_head_on_the_models_mesh_names_its_face(session, face_model, tmp_path):
    path = tmp_path / "two.png"
    path.write_bytes(cv2.imencode(".png", np.tile(astronaut()[:300, 60:380, ::-1], (1, 2, 1)))[1].tobytes())
    session.ask([path], texture_size=64, density="medium", topology="model")
    messages = [message for message, _ in session.until("done") if message["type"] in ("face", "model_head")]
    assert [(message["type"], message["index"]) for message in messages] == [
        *(("face", 0), ("model_head", 0), ("face", 1), ("model_head", 1))
    ]


def test_cancel_between_faces(session, photo):
    session.ask([photo] * 200, job=3, texture_size=64)
    session.until("face")
    protocol.write(session.process.stdin, {"type": "cancel", "job": 3})
    messages = session.until("done")
    assert messages[-1][0]["cancelled"] is True
    assert len(of_kind(messages, "face")) < 100
    session.ask([photo], job=4, texture_size=64)
    assert session.until("done")[-1][0]["cancelled"] is False


def test_errors_are_messages(session, photo):
    session.ask([photo], job=1, model="nowhere")
    messages = session.until("done")
    [(error, _)] = of_kind(messages, "error")
    assert "nowhere" in error["message"] and error["remedy"]
    session.ask([photo], job=2, detector="psychic")
    [(error, _)] = of_kind(session.until("done"), "error")
    assert "psychic" in error["message"]
    protocol.write(session.process.stdin, {"type": "dance"})
    assert "dance" in session.until("warning")[-1][0]["message"]


def test_a_clip_is_tracked_cancelled_and_taken_up_again(session, write_movie, tmp_path):
    side = 256
    face = cv2.resize(astronaut()[:270, 90:360], (side, side), interpolation=cv2.INTER_AREA)
    pictures = [np.roll(face, round(6 * np.sin(k / 4)), 1) for k in range(160)]
    path = write_movie(tmp_path / "clip ü.mp4", pictures, size=(side, side))
    options = {"density": "medium", "texture_size": 64, "smoothing": 0.3, "people": "main", "preview": True}
    request = {"type": "track", "source": {"path": str(path)}, "frames": [4, 158, 2], "options": options}
    request["cache"] = str(tmp_path / "cache")
    protocol.write(session.process.stdin, {**request, "job": 1})
    while not ((message := session.read()[0]).get("done", 0) >= 1 and message["stage"] == "track"):
        assert message["type"] in ("progress", "preview")
    protocol.write(session.process.stdin, {"type": "cancel", "job": 1})
    cancelled = session.until("done")
    assert cancelled[-1][0]["cancelled"] is True and not of_kind(cancelled, "performance")
    protocol.write(session.process.stdin, {**request, "job": 2})
    messages = session.until("done")
    begun = next(message for message, _ in messages if message.get("stage") == "track")
    assert begun["done"] >= 1 and begun["total"] == 78
    [(performance, arrays)] = of_kind(messages, "performance")
    assert (performance["job"], performance["person"], performance["clip"]) == (2, 0, str(path))
    assert arrays["frame"].tolist() == list(range(4, 159, 2)) and arrays["tracked"].all()
    assert set(arrays) | set(performance) >= set(Performance.__dataclass_fields__)
    for message, arrays in of_kind(cancelled + messages, "preview"):
        assert arrays["image"].shape == (side, side, 3) and message["frame"] in range(4, 159, 2)
    protocol.write(session.process.stdin, {"type": "track", "job": 3, "source": {}})
    assert of_kind(session.until("done"), "error")


@pytest.mark.parametrize("end", ["close", "quit", "garbage"])
def test_ends_with_its_client_even_in_mid_job(session, photo, end):
    session.ask([photo] * 500, texture_size=64)
    session.until("face")
    if end == "quit":
        protocol.write(session.process.stdin, {"type": "quit"})
    elif end == "garbage":
        session.process.stdin.write(b"GET / HTTP/1.1\n")
        session.process.stdin.flush()
    else:
        session.process.stdin.close()
    drain = threading.Thread(target=session.process.stdout.read, daemon=True)
    drain.start()
    start = time.monotonic()
    session.process.wait(timeout=10)
    assert time.monotonic() - start < 10
