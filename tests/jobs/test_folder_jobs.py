# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports of folders and of results, as jobs without Blender."""

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from blender_prnet.data.folder_files import PhotoQuery
from blender_prnet.data.results import read_results
from blender_prnet.jobs.folder import PHOTOS_PER_REQUEST, FolderJob
from blender_prnet.jobs.head_stream import HeadStream
from blender_prnet.jobs.results import ResultsJob
from tests.jobs.conftest import OPTIONS, ROOT, run


@pytest.fixture
def stream(builder, screen, threads):
    return HeadStream(builder, screen, threads, throttle=None)


def query(folder):
    return PhotoQuery(str(folder), "*", True, {".png", ".jpg"})


def test_a_folder_is_listed_and_all_its_faces_are_built(worker, photos, builder, screen, stream, threads):
    counts = []
    job = FolderJob(worker, stream, OPTIONS, screen)
    job.list_first(query(photos), threads, counts.append)
    outcome = run(job)
    names = [face.path.removeprefix(f"{photos}/") for face in builder.faces]
    assert names == ["person/front.png", "person/turned.png", "wide.png", "wide.png"]
    assert builder.settled == len(builder.faces) and job.left == ()
    failed = dict(screen.failed)
    assert failed["sky.png"] == "no face found" and "broken.png" in failed
    assert failed["portrait.png"] == "the same picture as front.png"
    assert counts and outcome.succeeded and "see the list in the Face Capture tab" in outcome.text
    assert screen.progress[-1] == 1


def test_an_empty_folder_says_what_to_check(worker, tmp_path, screen, stream, threads):
    job = FolderJob(worker, stream, OPTIONS, screen)
    job.list_first(query(tmp_path), threads, lambda _count: None)
    outcome = run(job)
    assert "There is no photo to import" in outcome.text and "Check Names and Subfolders" in outcome.text
    assert (outcome.level, outcome.succeeded) == ("ERROR", False)


def test_photos_are_sent_in_portions(odd_worker, screen, stream):
    """A request is one line of the protocol, whose length is limited."""
    sent, send = [], odd_worker("is well")

    def counting_send(message, arrays=None):
        sent.append(len(message["paths"]))
        return send(message, arrays)

    paths = [f"{number}.png" for number in range(PHOTOS_PER_REQUEST + 3)]
    job = FolderJob(counting_send, stream, OPTIONS, screen, paths)
    run(job)
    assert sent == [PHOTOS_PER_REQUEST, 3]
    assert [name for name, _ in screen.failed] == paths and job.left == ()


def test_a_photo_that_kills_the_worker_is_left_out(odd_worker, screen, stream):
    paths = ["a.png", "deadly.png", "b.png", "c.png"]
    job = FolderJob(odd_worker("dies at deadly photos"), stream, OPTIONS, screen, paths)
    outcome = run(job)
    reasons = dict(screen.failed)
    assert "The worker stopped" in reasons["deadly.png"] and job.left == ()
    assert [reasons[name] for name in ("a.png", "b.png", "c.png")] == ["no face found"] * 3
    assert outcome.level == "WARNING"


def test_a_worker_that_dies_twice_in_a_row_ends_the_import(odd_worker, screen, stream):
    paths = ["a.png", "deadly 1.png", "deadly 2.png", "b.png"]
    job = FolderJob(odd_worker("dies at deadly photos"), stream, OPTIONS, screen, paths)
    outcome = run(job)
    assert outcome.level == "ERROR" and "The worker stopped" in outcome.text
    assert job.left == ("deadly 2.png", "b.png")


PATHS = ["a.png", "b.png"]


def test_a_stopped_import_says_what_is_left(odd_worker, screen, stream):
    requests, send = [], odd_worker("can be cancelled")
    job = FolderJob(lambda message: requests.append(send(message)) or requests[-1], stream, OPTIONS, screen, PATHS)
    job.start()
    while not (requests and requests[0].current):
        job.advance()
    job.stop()
    while not job.advance():
        pass
    assert job.left == tuple(PATHS)
    assert job.conclude(None).text == "Stopped, 0 heads imported, 2 photos left"


def test_results_are_built_and_one_that_is_damaged_is_listed(photos, tmp_path, builder, screen, stream):
    out = tmp_path / "results"
    command = [sys.executable, "-m", "nets", "reconstruct", photos / "portrait.png", "--out", out]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (result,) = read_results(out)
    shutil.copy(result.files[0], out / "damaged.npz")
    (out / "damaged.npz").write_bytes((out / "damaged.npz").read_bytes()[:1000])
    damaged = replace(result, path="damaged.png", files=(out / "damaged.npz",))
    job = ResultsJob(stream, [result, damaged], keys=True)
    outcome = run(job)
    assert [face.path for face in builder.faces] == [result.path]
    assert [name for name, _ in screen.failed] == ["damaged.png"]
    assert job.left == () and outcome.succeeded and outcome.text.startswith("1 head imported; 1 file gave no head")
