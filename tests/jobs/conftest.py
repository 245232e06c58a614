# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the jobs of Blender's side without Blender: real child processes, and a screen that keeps what it is shown."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from blender_prnet.worker import Client, WorkerError, WorkerSetup

ROOT = Path(__file__).parents[2]
OPTIONS = {"model": "compact", "faces": "all", "density": "light", "texture_size": 512, "topology": "grid"}


class RecordingScreen:
    """A Screen that keeps everything, and translates nothing."""

    def __init__(self):
        self.texts, self.progress, self.warnings, self.problems, self.failed = [], [], [], [], []

    def show(self, text, progress=None):
        self.texts.append(text)
        if progress is not None:
            self.progress.append(progress)

    def warn(self, text):
        self.warnings.append(text)

    def list_problem(self, name, status, message):
        self.problems.append((name, status, message))

    def list_failed_file(self, path, reason):
        self.failed.append((Path(path).name, reason))

    @property
    def failed_files(self):
        return len(self.failed)

    def translate(self, text):
        return text


class RecordingBuilder:
    """A HeadBuilder, and a StreamBuilder, that keeps the faces."""

    def __init__(self):
        self.faces, self.on_model, self.settled, self.placed = [], [], 0, []

    def build(self, face):
        self.faces.append(face)
        return f"{Path(face.path).stem}_{face.index}"

    def place(self, faces):
        self.placed.append([face.index for face in faces])

    def put_on_model(self, head, model_head):
        self.on_model.append(head)

    def settle(self):
        self.settled = len(self.faces)


def run(job, seconds=60, until=lambda: False):
    """Run the job to its end, or until `until` holds, as an operator does; return its outcome."""
    end = time.monotonic() + seconds
    try:
        job.start()
        while not job.advance() and not until():
            assert time.monotonic() < end, "the job has not ended"
            time.sleep(0.005)
    except WorkerError as error:
        return job.conclude(error)
    return job.conclude(None)


@pytest.fixture
def screen():
    return RecordingScreen()


@pytest.fixture
def builder():
    return RecordingBuilder()


@pytest.fixture(scope="session")
def threads():
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture(scope="session")
def worker(tmp_path_factory):
    """Sends requests to the real worker."""
    client = Client()
    log = tmp_path_factory.mktemp("worker") / "worker.log"
    yield partial(client.request, WorkerSetup(Path(sys.executable), ROOT, log))
    client.end(wait=True)


@pytest.fixture
def odd_worker(tmp_path):
    """odd_worker(behaviour) sends requests to a worker that misbehaves so."""
    client = Client()

    def start(behaviour):
        arguments = ("-m", "tests.blender.odd_worker", behaviour)
        setup = WorkerSetup(Path(sys.executable), ROOT, tmp_path / "worker.log", arguments)
        return partial(client.request, setup)

    yield start
    client.end(wait=True)


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder with the public-domain portrait of scikit-image, a photo without a face, and broken files."""
    folder = tmp_path_factory.mktemp("photos of a café")
    subprocess.run([sys.executable, ROOT / "tests/blender/make_photos.py", folder], check=True)
    return folder
