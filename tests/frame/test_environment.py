# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment for the GPU: whole or not at all. Built for real, from the extension's own wheels, without torch."""

import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from blender_prnet.worker.environment.build import Order, build, remove
from blender_prnet.worker.environment.complaints import failure
from blender_prnet.worker.environment.lock import locked
from blender_prnet.worker.environment.stamp import (
    BROKEN,
    INTERRUPTED,
    NONE,
    OUTDATED,
    READY,
    Stamp,
    fingerprint,
    state_of,
)
from blender_prnet.worker.environment.steps import Cancelled, Steps
from blender_prnet.worker.errors import InstallError, WorkerError
from blender_prnet.worker.python import choose_python
from nets.interface import protocol

ROOT = Path(__file__).parents[2]


@pytest.fixture
def order(tmp_path) -> Order:
    """Of no package, so that it takes a second."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    return Order(tmp_path / "user folder/environment", requirements, (tmp_path,), space=0, modules=("json",))


def report(*_):
    pass


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"environment.lock"}


def test_whole_environment_is_kept_when_the_next_one_fails(order, tmp_path, extension_zip):
    wheels = ROOT / "build/wheels/linux-x64"
    order.requirements.write_text("safetensors==0.8.0\n")
    built = build(replace(order, wheels=(wheels,), modules=("safetensors",)), Steps(), report)
    assert built.requirements == fingerprint(order.requirements) and built.python
    assert choose_python("", order.environment, order.requirements).origin == "the GPU environment"

    with pytest.raises(InstallError, match=r"no safetensors==0\.8\.0 for this Python"):
        build(order, Steps(), report)
    with pytest.raises(InstallError, match="needs 1000000 GB"):
        build(replace(order, space=1e15), Steps(), report)
    assert state_of(order.environment, order.requirements) == READY
    assert left_in(order.environment.parent) == {"environment"}

    remove(order.environment)
    assert state_of(order.environment, order.requirements) == NONE
    assert left_in(order.environment.parent) == set()


def test_what_cannot_be_used_is_not_used(order, tmp_path, monkeypatch):
    monkeypatch.setenv("PRNET_WORKER_PYTHON", sys.executable)
    python = order.environment / "bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    for stamp, state in (
        (None, BROKEN),
        (Stamp("another file's", sys.executable, "3.11.7", "2.13.0", ""), OUTDATED),
        (Stamp(fingerprint(order.requirements), str(tmp_path / "gone"), "3.11.7", "2.13.0", ""), BROKEN),
    ):
        if stamp:
            stamp.write(order.environment)
        assert state_of(order.environment, order.requirements) == state
        choice = choose_python("", order.environment, order.requirements)
        assert choice.path != python and "install GPU support again" in choice.note
    order.environment.rename(order.environment.with_name("environment.partial"))
    assert state_of(order.environment, order.requirements) == INTERRUPTED


def test_two_at_once(order):
    order.environment.parent.mkdir()
    with locked(order.environment), pytest.raises(InstallError, match="Another Blender"):
        build(order, Steps(), report)


def test_cancelled_leaves_nothing(order):
    steps = Steps()
    with pytest.raises(Cancelled):
        build(order, steps, lambda text, *_: text.startswith("Installing") and steps.cancel())
    assert left_in(order.environment.parent) == set()


def test_folder_that_cannot_be_written(order, tmp_path):
    blocked = tmp_path / "a file"
    blocked.touch()
    with pytest.raises(InstallError, match="Writing to"):
        build(replace(order, environment=blocked / "environment"), Steps(), report)


def test_installer_cleans_up_when_blender_is_gone(order):
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "blender_prnet.worker.environment"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as installer:
        timer = threading.Timer(60, installer.kill)
        timer.start()
        assert protocol.read(installer.stdout)[0]["version"] == protocol.VERSION
        paths = {"environment": str(order.environment), "requirements": str(order.requirements)}
        protocol.write(installer.stdin, {"type": "install", "job": 1, "wheels": [str(order.wheels[0])], **paths})
        message, _ = protocol.read(installer.stdout)
        assert (message["type"], message["job"]) == ("progress", 1), json.dumps(message)
        installer.stdin.close()
        assert installer.wait() == 0
        timer.cancel()
    assert left_in(order.environment.parent) == set()


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("WARNING: Retrying … broken by 'ProxyError('Cannot connect to proxy.')': /simple/torch/", "proxy"),
        ("WARNING: Retrying … 'NewConnectionError('<…>: Failed to establish a new connection: [Errno -2] …", "online"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify", "not trusted"),
        ("ERROR: No matching distribution found for torch==2.13.0", "no torch==2.13.0 for this Python"),
        ("ERROR: Wheel 'torch' located at /wheels/torch-2.13.0.whl is invalid.", "damaged"),
        ("The virtual environment was not created successfully because ensurepip is not\navailable.", "python3-venv"),
        ("ERROR: Could not install packages due to an OSError: [WinError 32] The process cannot access", "antivirus"),
        ("OSError: [Errno 30] Read-only file system: '/extensions'", "writable folder"),
        ("OSError: … HINT: … this system does not have Windows Long Path support enabled.", "long paths"),
        ("RuntimeError: something new", "something new. *The log"),
    ],
)
def test_complaints_are_told_with_a_remedy(said, means):
    error = failure(said, "Installing PyTorch")
    assert isinstance(error, WorkerError) and error.remedy
    assert re.search(means, f"{error} {error.remedy}")
