# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs of `reconstruct` that are stopped, killed, resumed, sharded, on a full disk, or over copies of photos."""

import base64
import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.batch.journal import Journal
from nets.batch.listing import Shard, list_sources
from nets.commands import run_command
from nets.errors import UnreadableError
from nets.io.report import InputEntry, write_report
from nets.io.stopwatch import Stopwatch, waiting
from nets.model.engines import Prediction
from nets.model.engines.shared import SharedEngine

HEAD = astronaut()[20:230, 110:330]
ROOT = Path(__file__).parents[2]
OPTIONS = "--formats", "ply", "--mesh", "grid", "--subfolders"  # whole heads would only take longer
STRANGE = "5 <b>&\n😀.png"


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Six different photos with one face each, one without a face, one damaged, and one that is a copy of another."""
    folder = tmp_path_factory.mktemp("photos")
    for index in range(4):
        write(folder / f"{index}.png", np.roll(HEAD, 4 * index, 1))
    (folder / "4 sub").mkdir()
    write(folder / "4 sub" / "4.png", np.roll(HEAD, 16, 1))
    write(folder / STRANGE, np.roll(HEAD, 20, 1))
    write(folder / "6 again.png", HEAD)
    write(folder / "7 blank.png", np.full((100, 100, 3), 128, np.uint8))
    (folder / "notes.txt").touch()
    (folder / "8 cut.png").write_bytes((folder / "0.png").read_bytes()[:3000])
    return folder


@pytest.fixture(scope="module")
def undisturbed(photos, tmp_path_factory):
    """The folder of a run over the photos from beginning to end."""
    out = tmp_path_factory.mktemp("undisturbed")
    assert reconstruct(photos, "--out", out, "--sheet") == 1  # a photo is damaged
    return out


def write(path, rgb):
    path.write_bytes(cv2.imencode(path.suffix, rgb[..., ::-1])[1].tobytes())
    return path


def reconstruct(*arguments):
    return run_command(["reconstruct", *map(str, arguments), *OPTIONS])


def entries_of(out, report="report.json"):
    """File name -> entry, without its times."""
    content = json.loads((out / report).read_text(encoding="utf-8"))
    assert content["complete"]
    entries = {Path(entry["path"]).name: {**entry, "ms": None} for entry in content["inputs"]}
    assert len(entries) == len(content["inputs"])
    return entries


def results_of(out):
    return {path.name: path.read_bytes() for path in out.rglob("*.ply")}


def ages_of(out):
    return {path.name: path.stat().st_mtime_ns for path in out.rglob("*.ply")}


def test_copies_of_a_photo_are_captured_once(photos, undisturbed):
    entries = entries_of(undisturbed)
    assert [entry["status"] for entry in entries.values()] == ["ok"] * 6 + ["duplicate", "no_face", "unreadable"]
    assert entries["6 again.png"]["error"] == f"the same content as {photos / '0.png'}"
    assert entries["4.png"]["faces"][0]["file"] == "4 sub/4_0.ply" and (undisturbed / "4 sub" / "4_0.ply").is_file()
    assert sorted(results_of(undisturbed)) == [*(f"{index}_0.ply" for index in range(5)), f"{Path(STRANGE).stem}_0.ply"]


def test_resume_does_what_is_left_changed_or_lost(undisturbed, photos, tmp_path, capsys):
    out, own = shutil.copytree(undisturbed, tmp_path / "out"), photos / "2.png"
    before, ages, kept = entries_of(out), ages_of(out), shutil.copy2(own, tmp_path)
    (out / "1_0.ply").unlink()
    write(own, np.roll(HEAD, -4, 1))
    added = write(photos / "9 new.png", np.roll(HEAD, -12, 1))
    assert reconstruct(photos, "--out", out, "--resume") == 1
    assert "5 files were done before" in capsys.readouterr().err
    after = entries_of(out)
    assert {name for name in after if after[name] != before.get(name)} == {"2.png", "9 new.png"}
    written = {name for name, age in ages_of(out).items() if ages.get(name) != age}
    assert written == {"1_0.ply", "2_0.ply", "9 new_0.ply"}
    shutil.copy2(kept, own)
    added.unlink()


def test_resume_with_other_options_is_refused(undisturbed, photos, capsys):
    assert reconstruct(photos, "--out", undisturbed, "--resume", "--faces", "largest") == 2
    assert "other options (faces)" in capsys.readouterr().err


def test_killed_at_any_moment_and_resumed(undisturbed, photos, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "nets", "reconstruct", photos, "--out", out, *OPTIONS, "--resume"]
    journal, seed = out / "report.jsonl", random.Random(3)
    for entries in (0, 4):
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") <= entries):
                time.sleep(0.01)
            time.sleep(seed.random() * 0.1)
            process.send_signal(signal.SIGKILL)
    with journal.open("ab") as file:
        file.write(b'{"path": "cut sh')
    assert reconstruct(photos, "--out", out, "--resume") == 1
    assert entries_of(out) == entries_of(undisturbed) and results_of(out) == results_of(undisturbed)
    assert {path.suffix for path in out.rglob("*.*")} == {".json", ".jsonl", ".ply"}


def test_partial_files_of_a_killed_run_are_removed_by_the_next_one_of_its_photos(tmp_path):
    photos, out = tmp_path / "photos", tmp_path / "out"
    out.mkdir()
    for path in (*"abcd", "sub/e", "sub/f"):
        (photos / path).parent.mkdir(parents=True, exist_ok=True)
        (photos / f"{path}.png").touch()

    def partial_files():
        return {path.relative_to(out).as_posix() for path in out.rglob(".*.part")}

    def touch(*paths):
        for path in paths:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).touch()
        return set(paths)

    own = {}
    for index in (1, 2):
        listing = list_sources([photos], out, subfolders=True, shard=Shard(index, 2))
        files = [f"{source.name}_{ending}" for source in listing.sources for ending in ("0.ply", "1_texture.png")]
        files += [f"report-{index}-of-2.json", f"{listing.sources[0].name}_000012_0.npz"]
        own[index] = touch(*(str(Path(file).with_name(f".{Path(file).name}.{index}.part")) for file in files))
    others = touch(".film.mkv.part", ".another photo_0.ply.3.part", "elsewhere/.a_0.ply.3.part")
    assert partial_files() == own[1] | own[2] | others
    reconstruct(photos, "--out", out, "--shard", "1/2")
    assert partial_files() == own[2] | others
    reconstruct(photos, "--out", out, "--shard", "2/2")
    assert partial_files() == others


def test_shards_gathered_are_the_whole(undisturbed, photos, tmp_path, capsys):
    reconstruct(photos, "--out", tmp_path, "--shard", "1/2")
    assert run_command(["gather", str(tmp_path)]) == 1 and "missing shards: 2/2" in capsys.readouterr().err
    reconstruct(photos, "--out", tmp_path, "--shard", "2/2")
    assert run_command(["gather", str(tmp_path)]) == 1  # a photo is damaged
    gathered, whole = entries_of(tmp_path), entries_of(undisturbed)
    assert list(gathered) == list(whole) and results_of(tmp_path).items() >= results_of(undisturbed).items()
    differing = {name for name in whole if gathered[name] != whole[name]}
    assert differing <= {"6 again.png"}  # a shard does not know the photos of the others
    assert 0 < len(entries_of(tmp_path, "report-1-of-2.json")) < 9


class Cards(HTMLParser):
    """Attributes of the cards of a sheet, each with its pictures and its text, and of everything else that loads."""

    def __init__(self, text):
        super().__init__()
        self.cards, self.loaded = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "article":
            self.cards.append({**attributes, "text": ""})
        self.loaded += [attributes[key] for key in ("src", "href") if key in attributes]

    def handle_data(self, data):
        if self.cards:
            self.cards[-1]["text"] += data


def test_the_sheet_shows_every_photo_and_loads_nothing(undisturbed):
    page = Cards((undisturbed / "sheet.html").read_text(encoding="utf-8"))
    entries = entries_of(undisturbed)
    assert [Path(card["title"]).name for card in page.cards] == list(entries)
    assert [card["data-status"] for card in page.cards] == [entry["status"] for entry in entries.values()]
    assert "damaged" in page.cards[-1]["text"] and "notes.txt: neither a photo" in page.cards[-1]["text"]
    assert STRANGE in page.cards[5]["text"]
    face = entries["0.png"]["faces"][0]
    assert f"confidence {face['confidence']:.2f}" in page.cards[0]["text"]
    assert len(page.loaded) == 7 and all(address.startswith("data:image/jpeg;base64,") for address in page.loaded)
    pictures = [base64.b64decode(address.partition(",")[2]) for address in page.loaded]
    shapes = [cv2.imdecode(np.frombuffer(each, np.uint8), cv2.IMREAD_COLOR).shape for each in pictures]
    assert shapes[-1] == (100, 100, 3) and all(max(shape) <= 240 for shape in shapes)


def test_the_table_has_a_row_for_every_face(undisturbed):
    with (undisturbed / "sheet.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    entries = entries_of(undisturbed)
    assert [Path(row["path"]).name for row in rows] == list(entries)
    face = entries[STRANGE]["faces"][0]
    numbers = {key: float(rows[5][key]) for key in ("confidence", "yaw", "pitch", "roll", "left", "bottom")}
    expected = {"confidence": face["confidence"], "left": face["box"][0], "bottom": face["box"][3], **face["pose"]}
    assert numbers == expected and rows[5]["file"] == face["file"]
    assert rows[-1]["error"] == entries["8 cut.png"]["error"] and rows[-1]["confidence"] == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_full_disk_stops_the_run_and_resume_goes_on(undisturbed, photos, tmp_path, capsys):
    out = tmp_path
    (out / f".3_0.ply.{os.getpid()}.part").symlink_to("/dev/full")
    assert reconstruct(photos, "--out", out) == 1
    hint, message = capsys.readouterr().err.splitlines()[-2:]
    assert "No space left" in message and "--resume" in hint
    assert not json.loads((out / "report.json").read_text())["complete"] and not (out / "3_0.ply").exists()
    assert reconstruct(photos, "--out", out, "--resume") == 1
    assert entries_of(out) == entries_of(undisturbed) and results_of(out) == results_of(undisturbed)


def test_one_run_at_a_time_in_a_folder(photos, tmp_path, capsys):
    with Journal(tmp_path / "report.jsonl", {}, resume=False):
        assert reconstruct(photos, "--out", tmp_path) == 2
    assert "another run" in capsys.readouterr().err


def test_a_journal_that_cannot_be_read_is_told_as_such(tmp_path):
    """The report is what is being written then, and not what is wrong."""
    with Journal(tmp_path / "report.jsonl", {}, resume=False) as journal:
        journal.add([InputEntry("a.jpg")])
        (tmp_path / "report.jsonl").unlink()
        with pytest.raises(UnreadableError, match=r"report\.jsonl.*cannot be read"):
            write_report(tmp_path / "report.json", journal.entries())


class Recording:
    """An engine that says how it was asked; its answers are the crops' own numbers."""

    name, device = "recording", "cpu"

    def __init__(self):
        self.sizes, self.may_go_on = [], threading.Event()

    def predict(self, crops):
        self.sizes.append(len(crops))
        self.may_go_on.wait()
        return Prediction(*[crops[:, 0, 0, 0].astype(np.float32)] * 6)


def test_threads_that_wait_for_the_network_share_a_pass():
    engine = Recording()
    shared, answers = SharedEngine(engine), {}

    def ask(number):
        answers[number] = shared.predict(np.full((2, 1, 1, 3), number, np.uint8)).confidence

    threads = [threading.Thread(target=ask, args=[number]) for number in range(30)]
    for thread in threads:
        thread.start()
    while len(shared._waiting) < 29:
        time.sleep(0.001)
    engine.may_go_on.set()
    for thread in threads:
        thread.join()
    assert engine.sizes == [2, 32, 26]
    assert all(answers[number].tolist() == [number, number] for number in range(30))


def test_waiting_for_other_threads_is_no_stage_of_a_photo(monkeypatch):
    monkeypatch.setattr("nets.io.stopwatch.perf_counter", iter([1.0, 1.25, 1.75, 2.0]).__next__)
    clock = Stopwatch()
    with clock.measure("network"), waiting():
        pass
    assert clock.ms["network"] == 500
