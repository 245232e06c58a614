# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files of a folder are photos, without Blender."""

import time

import pytest

from blender_prnet.data import folder_files
from blender_prnet.data.folder_files import FolderError, FolderScan, PhotoQuery


@pytest.fixture
def query(tmp_path):
    (tmp_path / "a.jpg").touch()
    return PhotoQuery(str(tmp_path), "*", subfolders=True, suffixes={".jpg"})


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_scan_notices_that_the_folder_has_changed(query, tmp_path, monkeypatch):
    monkeypatch.setattr(folder_files, "FRESH_SECONDS", 0.05)
    scan = FolderScan()
    wait_for(lambda: scan.ask(query))
    assert len(scan.ask(query).photos) == 1
    (tmp_path / "b.jpg").touch()
    wait_for(lambda: len(scan.ask(query).photos) == 2)  # the old answer is shown until then
    for file in (*tmp_path.iterdir(), tmp_path):
        file.rmdir() if file.is_dir() else file.unlink()
    wait_for(lambda: isinstance(scan.ask(query), FolderError))


def test_an_answer_is_not_renewed_at_every_redraw(query, monkeypatch):
    asked = []
    look = folder_files.list_photos
    monkeypatch.setattr(folder_files, "list_photos", lambda *args: asked.append(args) or look(*args))
    scan = FolderScan()
    wait_for(lambda: scan.ask(query))
    for _ in range(100):
        scan.ask(query)
    assert len(asked) == 1
