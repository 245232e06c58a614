# SPDX-License-Identifier: GPL-3.0-or-later
"""The client against real child processes that misbehave."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from blender_prnet.worker import Client, WorkerError, WorkerSetup, process, request

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.one_version


@pytest.fixture
def client():
    client = Client()
    yield client
    client.end(wait=True)


@pytest.fixture
def setup(tmp_path):
    def make(behaviour):
        arguments = ("-m", "tests.blender.odd_worker", behaviour)
        return WorkerSetup(Path(sys.executable), ROOT, tmp_path / "worker.log", arguments)

    return make


def photos(paths):
    return {"type": "reconstruct", "paths": paths, "options": {}}


def run(request, seconds=20, until=lambda message: False):
    """Pump to the end, or until a message fulfils `until`; the messages."""
    messages, end = [], time.monotonic() + seconds
    while not request.finished and time.monotonic() < end:
        started = time.monotonic()
        for message, _ in request.pump():
            messages.append(message)
            if until(message):
                return messages
        assert time.monotonic() - started < 0.5, "pump must not block"
        time.sleep(0.01)
    assert request.finished
    return messages


def test_one_worker_serves_request_after_request(client, setup):
    pids = set()
    for paths in (["a.png", "b.png"], ["c.png"]):
        started = client.request(setup("is well"), photos(paths))
        messages = run(started)
        assert [message["path"] for message in messages if message["type"] == "input"] == paths
        assert not started.cancelled
        pids.add(started.worker.pid)
    assert len(pids) == 1


def test_death_in_mid_request_is_told_with_the_log_and_the_next_request_runs(client, setup):
    with pytest.raises(WorkerError, match=r"a\.png: The worker stopped \(exit code -9\).*out of memory") as raised:
        run(client.request(setup("dies in mid-request"), photos(["a.png"])))
    assert "worker.log" in raised.value.remedy
    assert run(client.request(setup("is well"), photos(["b.png"])))[-1]["status"] == "no_face"


def test_killed_worker_is_replaced(client, setup):
    first = client.worker(setup("hangs in mid-request"))
    started = client.request(setup("hangs in mid-request"), photos(["a.png"]))
    run(started, until=lambda message: message["type"] == "progress")
    os.kill(first.pid, 9)
    with pytest.raises(WorkerError, match="exit code -9"):
        run(started)
    assert client.worker(setup("hangs in mid-request")).pid != first.pid


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("lacks a package", "No module named 'torch'"),
        ("prints text", "cannot be read: not a message: b'Welcome"),
        ("is of another version", r"version 0\.0\.9 .* the extension is version"),
        ("gives up", r"model\.safetensors is damaged"),
    ],
)
def test_failures_say_what_is_wrong(client, setup, behaviour, words):
    with pytest.raises(WorkerError, match=words) as raised:
        run(client.request(setup(behaviour), photos(["a.png"])))
    assert raised.value.remedy


def test_worker_that_does_not_start_in_time(client, setup, monkeypatch):
    monkeypatch.setattr(process, "START_SECONDS", 0.5)
    with pytest.raises(WorkerError, match="did not start within"):
        run(client.request(setup("says nothing"), photos(["a.png"])))


def test_silence_in_mid_request(client, setup, monkeypatch):
    monkeypatch.setattr(request, "SILENT_SECONDS", 0.5)
    with pytest.raises(WorkerError, match="silent"):
        run(client.request(setup("hangs in mid-request"), photos(["a.png"])))


def test_python_that_cannot_be_started(client, tmp_path):
    with pytest.raises(WorkerError, match="cannot be started") as raised:
        client.request(WorkerSetup(tmp_path / "no python", ROOT, tmp_path / "worker.log"), photos(["a.png"]))
    assert "preferences" in raised.value.remedy


def test_cancel_keeps_the_worker(client, setup):
    started = client.request(setup("can be cancelled"), photos(["a.png", "b.png"]))
    run(started, until=lambda message: message["type"] == "progress")
    started.cancel()
    run(started)
    assert started.cancelled
    assert started.worker.alive


def test_worker_that_ignores_a_cancel_is_killed(client, setup, monkeypatch):
    monkeypatch.setattr(request, "CANCEL_SECONDS", 0.3)
    started = client.request(setup("hangs in mid-request"), photos(["a.png"]))
    run(started, until=lambda message: message["type"] == "progress")
    started.cancel()
    run(started)
    assert started.cancelled
    assert not started.worker.alive


def test_requests_too_large_for_the_pipe_do_not_block(client, setup):
    worker = client.worker(setup("hangs in mid-request"))
    run(client.request(worker.setup, photos(["a.png"])), until=lambda message: message["type"] == "progress")
    started = time.monotonic()
    worker.send({"type": "reconstruct", "job": 99, "paths": ["a" * 100] * 10000, "options": {}})
    assert time.monotonic() - started < 0.1


@pytest.mark.parametrize(
    ("message", "arrays"),
    [({"paths": {"a set"}}, None), ({"paths": ["\ud800"]}, None), ({}, {"names": np.array(["a", None], object)})],
    ids=["not JSON", "not a path", "not numbers"],
)
def test_a_request_that_cannot_be_sent_fails_at_once_and_the_worker_goes_on(client, setup, message, arrays):
    run(client.request(setup("is well"), photos(["a.png"])))
    with pytest.raises(WorkerError, match="cannot be sent"):
        client.request(setup("is well"), {"type": "reconstruct", **message}, arrays)
    assert run(client.request(setup("is well"), photos(["b.png"])))[-1]["status"] == "no_face"


def test_ending_a_worker_that_hangs_does_not_wait_for_it(client, setup):
    worker = client.worker(setup("hangs in mid-request"))
    run(client.request(worker.setup, photos(["a.png"])), until=lambda message: message["type"] == "progress")
    started = time.monotonic()
    client.end()
    assert time.monotonic() - started < 0.2
    deadline = started + 10
    while worker.alive and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.alive


def test_the_log_is_read_from_its_end(client, setup):
    worker = client.worker(setup("is well"))
    with open(worker.setup.log, "a") as log:
        log.write("x" * 100_000 + "\nthe last line\n")
    assert worker.log_tail(1) == ["the last line"]


def test_end_leaves_no_process(client, setup):
    worker = client.worker(setup("is well"))
    client.end(wait=True)
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


def test_worker_does_not_outlive_blender(tmp_path):
    """Not even one that reads nothing, when Blender's Python ends without a word."""
    script = (
        "import sys; from pathlib import Path; from blender_prnet.worker import Client, WorkerSetup\n"
        "arguments = ('-m', 'tests.blender.odd_worker', 'says nothing')\n"
        "setup = WorkerSetup(Path(sys.executable), Path.cwd(), Path(sys.argv[1]), arguments)\n"
        "print(Client().worker(setup).pid)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "worker.log"], cwd=ROOT, check=True, capture_output=True, timeout=20
    )
    with pytest.raises(ProcessLookupError):
        os.kill(int(ended.stdout), 0)
