# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures, merges and the search for faces, as jobs without Blender."""

import numpy as np

from blender_prnet.jobs.capture import CaptureJob, FindFacesJob, reconstruct
from blender_prnet.jobs.job import BuildError
from blender_prnet.jobs.merge import MergeJob
from blender_prnet.jobs.self_test import SelfTestJob
from tests.jobs.conftest import OPTIONS, run


def capture(send, paths, builder, screen, threads):
    return CaptureJob(send, reconstruct([str(path) for path in paths], OPTIONS), builder, screen, threads)


def test_faces_are_built_in_order_and_failures_are_listed(worker, photos, builder, screen, threads):
    names = ("portrait.png", "sky.png", "broken.png", "portrait.png")
    outcome = run(capture(worker, [photos / name for name in names], builder, screen, threads))
    assert [face.path for face in builder.faces] == [str(photos / "portrait.png")] * 2
    assert builder.faces[0].model == "compact" and builder.faces[0].engine in ("torch", "onnx")
    assert [problem[:2] for problem in screen.problems] == [("sky.png", "no_face"), ("broken.png", "unreadable")]
    assert outcome.level == "WARNING" and outcome.succeeded
    assert outcome.text.startswith("2 heads captured; sky.png: no face found; broken.png: ")
    assert "portrait.png: making the head" in screen.texts and screen.progress == sorted(screen.progress)


def test_a_head_that_cannot_be_built_is_listed_and_the_next_is_built(worker, photos, builder, screen, threads):
    build = builder.build

    def build_the_second(face):
        if not builder.faces:
            build(face)
            raise BuildError("Anna", "Anna is being edited")
        return build(face)

    builder.build = build_the_second
    outcome = run(capture(worker, [photos / "portrait.png"] * 2, builder, screen, threads))
    assert screen.problems == [("Anna", "failed", "Anna is being edited")]
    assert outcome.text == "1 head captured; Anna: Anna is being edited" and outcome.succeeded


def test_a_worker_that_dies_is_an_error_with_a_remedy(odd_worker, builder, screen, threads):
    job = capture(odd_worker("dies in mid-request"), ["a.png"], builder, screen, threads)
    outcome = run(job)
    assert (outcome.level, outcome.succeeded) == ("ERROR", False)
    assert "The worker stopped (exit code -9)" in outcome.text and "out of memory" in outcome.text
    assert "The next capture starts a new worker." in outcome.text
    assert [problem[:2] for problem in screen.problems] == [("Worker", "worker")]


def test_a_stopped_capture_keeps_what_is_done(odd_worker, builder, screen, threads):
    job = capture(odd_worker("can be cancelled"), ["a.png", "b.png"], builder, screen, threads)
    job.start()
    while not screen.texts:
        job.advance()
    job.stop()
    while not job.advance():
        pass
    outcome = job.conclude(None)
    assert job.cancelled and outcome.text == "Stopped, 0 heads captured" and outcome.level == "INFO"


def test_faces_are_found(worker, photos, screen):
    job = FindFacesJob(worker, str(photos / "portrait.png"), 0, OPTIONS, screen)
    outcome = run(job)
    assert outcome.text == "1 face found" and job.boxes.shape == (1, 4)
    left, top, right, bottom = job.boxes[0]
    assert 0 < left < right < 512 and 0 < top < bottom < 512
    nothing = run(FindFacesJob(worker, str(photos / "sky.png"), 0, OPTIONS, screen))
    assert not nothing.succeeded


def test_photos_are_merged(worker, photos, screen, threads):
    merged = []
    paths = [str(photos / name) for name in ("person/front.png", "person/turned.png", "sky.png")]
    outcome = run(MergeJob(worker, paths, OPTIONS, lambda *made: merged.append(made), screen, threads))
    [(head, model_head)] = merged
    assert np.isfinite(head.vertices).all() and model_head is None  # the options ask for the grid
    assert outcome.succeeded and outcome.text.startswith("1 head captured")
    assert ("sky.png", "no_face") in [problem[:2] for problem in screen.problems]


def test_the_self_test_says_how_fast_each_device_is(worker, screen):
    outcome = run(SelfTestJob(worker, screen))
    first, *speeds = outcome.text.splitlines()
    assert first.startswith("Version ") and first.endswith(" works.")
    assert speeds and all("ms per face" in line for line in speeds if line.startswith("CPU"))
