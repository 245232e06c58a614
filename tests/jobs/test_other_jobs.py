# SPDX-License-Identifier: GPL-3.0-or-later
"""Bakes, GPU support, and what all jobs are built from."""

import sys
import threading
import time
from pathlib import Path

import pytest

from blender_prnet.data.bake import BuildOptions
from blender_prnet.data.sources import ClipFiles, SourceError, Take
from blender_prnet.jobs import pace
from blender_prnet.jobs.bake import BakeJob, InterruptedBake, check_lengths
from blender_prnet.jobs.gpu_support import REMOVE_REQUEST, RUN_INSTALLER, GpuSupportJob, install_request
from blender_prnet.jobs.pace import RedrawThrottle, Throughput
from blender_prnet.jobs.preparation import PreparationQueue
from blender_prnet.jobs.report import CaptureReport
from blender_prnet.jobs.topology import HeadOnGrid, PutOnModelJob
from blender_prnet.worker import WorkerError, WorkerSetup
from tests.jobs.conftest import ROOT, run


def options(result="compact", frame_limit=300):
    return BuildOptions(result, 32, frame_limit, "head", Path("caches"))


def stills(count):
    return Take(ClipFiles(tuple(Path(f"still_{number}.png") for number in range(count)), False), start=1)


class PaceOnly:
    """A PerformanceBuilder for clips of which nothing is built."""

    def __init__(self):
        self.paces = []

    def show_pace(self, text):
        self.paces.append(text)


def test_a_stopped_bake_can_be_resumed_from_its_last_tracked_frame(odd_worker, screen, threads):
    builder, message = PaceOnly(), {"type": "track", "options": {}, "cache": "cache"}
    send = odd_worker("tracks three frames")
    job = BakeJob(send, [stills(6), stills(9)], message, options(), builder, screen, threads)
    job.start()
    while len(builder.paces) < 3:
        job.advance()
    job.stop()
    while not job.advance():
        time.sleep(0.005)
    outcome = job.conclude(None)
    assert (outcome.text, outcome.succeeded) == ("Stopped, 0 heads captured", False)
    assert builder.paces[-1] == "2 frames/s, 1 min 10 s left"
    assert screen.texts[-1].endswith("3 of 6") and screen.texts[-1].startswith("Tracking still_0")
    interrupted = job.interrupted
    assert interrupted.last_tracked == 2 and len(interrupted.takes) == 2
    assert interrupted.describe().endswith("3 frames are tracked")
    assert InterruptedBake((stills(6),), 2).tracked_part().frames()[:2] == (0, 2)


def test_clips_that_are_too_long_for_a_key_per_frame_are_refused():
    check_lengths([stills(6)], options("compact", frame_limit=3))
    with pytest.raises(SourceError, match="6 frames are more than the limit of 3"):
        check_lengths([stills(6)], options("frames", frame_limit=3))


def test_heads_that_are_gone_are_not_sent(odd_worker, screen):
    job = PutOnModelJob(odd_worker("is well"), iter(()), "model", lambda *_: True, screen)
    assert not run(job).succeeded


def test_a_worker_that_cannot_start_concludes_the_job(tmp_path, screen):
    def send(message, arrays=None):
        raise WorkerError("The worker's packages are missing: onnxruntime.", "Install the extension again.")

    heads = iter([HeadOnGrid("Anna", "compact", {})])
    outcome = run(PutOnModelJob(send, heads, "model", lambda *_: True, screen))
    assert outcome.level == "ERROR"
    assert outcome.text == "The worker's packages are missing: onnxruntime. Install the extension again."


def test_gpu_support_is_removed_by_a_process_of_its_own_and_a_failure_is_told(tmp_path):
    setup = WorkerSetup(Path(sys.executable), ROOT, tmp_path / "gpu_support.log", RUN_INSTALLER)
    environment = tmp_path / "user folder/environment"
    environment.mkdir(parents=True)
    for request, failed, words in (
        (REMOVE_REQUEST, False, "GPU support is removed."),
        (install_request(tmp_path / "no file", [tmp_path]), True, "Installing PyTorch failed"),
    ):
        job, end = GpuSupportJob(setup, request, environment), time.monotonic() + 60
        while not job.advance():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert job.failed == failed and words in job.outcome
        assert not environment.exists()


def test_results_are_given_back_in_the_order_in_which_they_were_put_in(threads):
    queue, slow = PreparationQueue(threads), threading.Event()
    queue.put(queue.start(lambda: slow.wait(10) and "slow"))
    queue.put(queue.start(lambda: "fast"))
    queue.put("at once")
    assert list(queue.ready(0.05)) == [] and not queue.empty
    slow.set()
    end, results = time.monotonic() + 10, []
    while not queue.empty and time.monotonic() < end:
        results += queue.ready(0.05)
    assert results == ["slow", "fast", "at once"]


def test_the_scene_rests_three_times_as_long_as_the_window_draws(monkeypatch):
    now = 100.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    throttle = RedrawThrottle()
    assert throttle.allowance() == pytest.approx(0.02)
    throttle.scene_changed()
    now += pace.STEP_SECONDS + 1.0  # the window took one second to draw
    assert throttle.allowance() == 0
    now += 2.9
    assert throttle.allowance() == 0
    now += 0.2
    assert throttle.allowance() == pytest.approx(0.25)


def test_the_throughput_counts_from_its_first_call(monkeypatch):
    now = 100.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    throughput = Throughput()
    assert throughput.text(2, 10) == "2 of 10"
    now += 2.0
    assert throughput.text(6, 10) == "6 of 10, 2.0 photos/s, 2 s left"
    now += 100.0
    assert throughput.text(6, 10) == "6 of 10, 2.0 photos/s, 2 s left"
    assert pace.duration(3725) == "1 h 02 min"


def test_the_report_names_three_problems_and_counts_the_others(screen):
    report = CaptureReport(screen)
    for number in range(5):
        report.note_input(
            {"path": f"/photos/{number}.png", "status": "unreadable", "error": f"/photos/{number}.png: bad"}
        )
    report.note_input({"path": "/photos/good.png", "status": "ok"})
    outcome = report.outcome(cancelled=False)
    assert (
        outcome.text
        == "0 heads captured; 0.png: bad; 1.png: bad; 2.png: bad; and 2 more, listed in the Face Capture tab"
    )
    assert outcome.level == "ERROR" and len(screen.problems) == 5
