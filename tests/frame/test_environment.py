# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment for the GPU is complete or absent. Built for real, from the extension's own wheels, without torch."""

import json
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from blender_prnet.worker.environment.build import PIP, EnvironmentSpec, build, pip_installs, remove
from blender_prnet.worker.environment.commands import Cancelled, CommandRunner
from blender_prnet.worker.environment.failures import explain_failure
from blender_prnet.worker.environment.lock import locked
from blender_prnet.worker.environment.manifest import (
    BROKEN,
    INTERRUPTED,
    NONE,
    OUTDATED,
    READY,
    EnvironmentManifest,
    fingerprint,
    state_of,
)
from blender_prnet.worker.errors import InstallError, WorkerError
from blender_prnet.worker.python import choose_python
from nets.interface import protocol
from nets.model.engines import no_onnx_runtime

ROOT = Path(__file__).parents[2]


@pytest.fixture
def spec(tmp_path) -> EnvironmentSpec:
    """Of no package, so that it takes a second."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n")
    return EnvironmentSpec(tmp_path / "user folder/environment", requirements, (tmp_path,), space=0, modules=("json",))


def report(*_):
    pass


def left_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {"environment.lock"}


def test_whole_environment_is_kept_when_the_next_one_fails(spec, tmp_path, extension_zip):
    wheels = ROOT / "build/wheels/linux-x64"
    spec.requirements.write_text("safetensors==0.8.0\n")
    built = build(replace(spec, wheels=(wheels,), modules=("safetensors",)), CommandRunner(), report)
    assert built.requirements == fingerprint(spec.requirements) and built.python
    assert choose_python("", spec.environment, spec.requirements).origin == "the GPU environment"

    with pytest.raises(InstallError, match=r"no safetensors==0\.8\.0 for this Python"):
        build(spec, CommandRunner(), report)
    with pytest.raises(InstallError, match="needs 1000000 GB"):
        build(replace(spec, space=1e15), CommandRunner(), report)
    assert state_of(spec.environment, spec.requirements) == READY
    assert left_in(spec.environment.parent) == {"environment"}

    remove(spec.environment)
    assert state_of(spec.environment, spec.requirements) == NONE
    assert left_in(spec.environment.parent) == set()


def test_what_cannot_be_used_is_not_used(spec, tmp_path, monkeypatch):
    monkeypatch.setenv("PRNET_WORKER_PYTHON", sys.executable)
    python = spec.environment / "bin/python"
    python.parent.mkdir(parents=True)
    python.touch()
    for manifest, state in (
        (None, BROKEN),
        (EnvironmentManifest("another file's", sys.executable, "3.11.7", "2.13.0", ""), OUTDATED),
        (EnvironmentManifest(fingerprint(spec.requirements), str(tmp_path / "gone"), "3.11.7", "2.13.0", ""), BROKEN),
    ):
        if manifest:
            manifest.write(spec.environment)
        assert state_of(spec.environment, spec.requirements) == state
        choice = choose_python("", spec.environment, spec.requirements)
        assert choice.path != python and "install GPU support again" in choice.note
    spec.environment.rename(spec.environment.with_name("environment.partial"))
    assert state_of(spec.environment, spec.requirements) == INTERRUPTED


def test_two_at_once(spec):
    spec.environment.parent.mkdir()
    with locked(spec.environment), pytest.raises(InstallError, match="Another Blender"):
        build(spec, CommandRunner(), report)


def test_cancelled_leaves_nothing(spec):
    runner = CommandRunner()
    with pytest.raises(Cancelled):
        build(spec, runner, lambda text, *_: text.startswith("Installing") and runner.cancel())
    assert left_in(spec.environment.parent) == set()


def test_folder_that_cannot_be_written(spec, tmp_path):
    blocked = tmp_path / "a file"
    blocked.touch()
    with pytest.raises(InstallError, match="Writing to"):
        build(replace(spec, environment=blocked / "environment"), CommandRunner(), report)


def test_installer_cleans_up_when_blender_is_gone(spec):
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "blender_prnet.worker.environment"]
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as installer:
        timer = threading.Timer(60, installer.kill)
        timer.start()
        assert protocol.read(installer.stdout)[0]["version"] == protocol.VERSION
        paths = {"environment": str(spec.environment), "requirements": str(spec.requirements)}
        protocol.write(installer.stdin, {"type": "install", "job": 1, "wheels": [str(spec.wheels[0])], **paths})
        message, _ = protocol.read(installer.stdout)
        assert (message["type"], message["job"]) == ("progress", 1), json.dumps(message)
        installer.stdin.close()
        assert installer.wait() == 0
        timer.cancel()
    assert left_in(spec.environment.parent) == set()


def test_every_package_comes_from_one_index_and_as_a_wheel():
    """With two indexes pip takes the higher version of either, which lets anybody replace a package."""
    spec = EnvironmentSpec(Path("environment"), ROOT / "requirements/worker.txt")
    upgrade, torch, others = (
        arguments for _, arguments in pip_installs(spec, "https://download.pytorch.org/whl/cu130")
    )
    assert torch[-3:-1] == ["--index-url", "https://download.pytorch.org/whl/cu130"] and torch[-1].startswith("torch==")
    assert not any("index" in argument or "find-links" in argument for argument in [*upgrade, *others])
    for wheels in ((), (Path("wheels"),)):
        calls = [arguments for _, arguments in pip_installs(replace(spec, wheels=wheels), "")]
        assert not any("index-url" in argument for arguments in calls for argument in arguments)
        assert ("--no-index" in calls[-1]) == bool(wheels)
    assert "--only-binary=:all:" in PIP


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
def test_failures_are_explained_with_a_remedy(said, means):
    error = explain_failure(said, "Installing PyTorch")
    assert isinstance(error, WorkerError) and error.remedy
    assert re.search(means, f"{error} {error.remedy}")


@pytest.mark.parametrize(
    ("platform", "error", "helps"),
    [
        ("win32", ImportError("DLL load failed while importing onnxruntime_pybind11_state"), r"Visual C\+\+"),
        ("linux", ImportError("libm.so.6: version `GLIBC_2.27' not found"), "glibc"),
        ("darwin", ImportError("no suitable image found"), "macOS 14"),
        ("win32", ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime"), "pip install onnxruntime"),
    ],
)
def test_what_helps_where_onnx_runtime_cannot_be_imported(monkeypatch, platform, error, helps):
    monkeypatch.setattr(sys, "platform", platform)
    assert re.search(helps, no_onnx_runtime(error).remedy)
