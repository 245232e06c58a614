# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench takes turns, compares with what was kept, names what is missing, and runs. No time is judged."""

import json
import re
import shutil
import sys
import time

import pytest

from nets.commands import run_command
from nets.errors import EngineError, UnreadableError
from nets.lab.benchmark.facemesh import MediaPipe
from nets.lab.benchmark.record import ratios, read_record, table, write_record
from nets.lab.benchmark.timing import Timing, processor_ms, take_turns
from nets.lab.commands import bench
from nets.model.bundle import load_bundle
from nets.model.processor import instruction_set, processor


def test_works_take_turns_and_the_first_round_does_not_count():
    called = []

    def work(name, times):
        def run():
            called.append(name)
            return next(times)

        return run

    timings = take_turns({"a": work("a", iter([99.0, 1.0, 2.0, 3.0])), "b": work("b", iter([99.0, 5.0, 5.0, 5.0]))}, 3)
    assert called == ["a", "b"] * 4
    assert timings["a"].median == 2 and timings["a"].low < 2 < timings["a"].high
    assert timings["b"] == Timing(5, 5, 5)


def test_processor_time_counts_work_and_not_waiting():
    time.sleep(0.5)  # after a product numpy's threads spin for a tenth of a second, also after that of its import
    assert processor_ms(lambda: time.sleep(0.05))() < 25 < processor_ms(lambda: _busy(0.05))()
    assert 25 < processor_ms(lambda: _busy(0.05), times=3)() < 100


def _busy(seconds: float) -> None:
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_figures_stand_beside_the_committed_ones(tmp_path):
    timings = {"network": Timing(3.0, 2.5, 3.5), "new": Timing(1.0, 1.0, 1.0)}
    file = tmp_path / "bench.json"
    assert read_record(file) == ("", {})
    write_record(file, {"network": Timing(1.5, 1.0, 2.0)})
    lines = table(timings, *read_record(file)).splitlines()
    assert lines[1].split() == ["network", "3.00", "2.50", "3.50", "1.50", "2.00"]
    assert lines[2].split() == ["new", "1.00", "1.00", "1.00"]
    assert ratios(timings, {"r": ("network", "new"), "s": ("network", "absent")}) == [f"{'r':<40}{3:>8.2f}"]
    file.write_text("[]")
    with pytest.raises(UnreadableError, match="make bench"):
        read_record(file)


def test_times_of_another_processor_are_not_compared(tmp_path):
    file = tmp_path / "bench.json"
    write_record(file, {"network": Timing(1.5, 1.0, 2.0)})
    assert json.loads(file.read_text())["processor"] == processor()
    file.write_text(file.read_text().replace(instruction_set(), "other instructions"))
    _, line, note = table({"network": Timing(3.0, 2.5, 3.5)}, *read_record(file)).splitlines()
    assert line.split() == ["network", "3.00", "2.50", "3.50"]
    assert "another processor" in note and note.endswith("other instructions)")


def test_an_absent_peer_is_named_with_its_remedy(tmp_path):
    with pytest.raises(EngineError, match="make bench-mediapipe"):
        MediaPipe(tmp_path / "photo.png", tmp_path / "bin/python")
    with pytest.raises(EngineError, match="does not run"):  # this Python has no mediapipe
        MediaPipe(tmp_path / "photo.png", sys.executable)


def test_it_runs_and_keeps_its_figures(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nets.lab.benchmark.facemesh.PYTHON", tmp_path / "none/bin/python")
    folder = shutil.copytree(load_bundle().folder, tmp_path / "copy")
    assert run_command(["bench", "--model", str(folder), "--rounds", "1", "--record"]) == 0
    printed = capsys.readouterr().out
    assert "one thread" in printed and "MediaPipe FaceMesh: not measured" in printed
    kept = json.loads((folder / bench.RECORD).read_text())["ms"]
    for stage in (
        "read the photo",
        "network, torch",
        "network, onnx",
        "network, onnx-int8",
        "a frame of a video",
        "mesh, visibility",
    ):
        assert any(name.startswith(stage) for name in kept)
        assert re.search(rf"^{stage}.* \d+\.\d\d", printed, re.MULTILINE)
