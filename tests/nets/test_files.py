# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and reports are written whole or not at all, and errors name the file that they belong to."""

import json
import os
import tracemalloc
from pathlib import Path

import pytest

from nets.errors import DiskFullError, OutputError
from nets.io.files import partial_files_in, replacing
from nets.io.report import is_complete, read_skipped, write_report


def test_a_file_that_fails_while_it_is_written_leaves_the_old_one(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(FileNotFoundError), replacing(path) as file:  # and not an OutputError about a.txt
        file.write(b"new")
        (tmp_path / "another file.txt").read_bytes()
    assert path.read_text() == "old" and not list(partial_files_in(tmp_path))
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_text() == "new" and os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("size", [1, 1 << 20])  # the first stays in the buffer until the end
def test_a_full_disk_is_told_with_the_file(tmp_path, size):
    path = tmp_path / "a.bin"
    path.with_name(f".{path.name}.{os.getpid()}.part").symlink_to("/dev/full")
    with pytest.raises(DiskFullError, match=r"a\.bin.*No space left"), replacing(path) as file:
        file.write(bytes(size))
    assert not os.listdir(tmp_path)


def test_a_folder_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OutputError, match=r"nowhere/a\.bin"), replacing(tmp_path / "nowhere/a.bin") as file:
        file.write(b"1")


@pytest.mark.parametrize("inputs", [[], [{"path": "a", "status": "ok"}, {"path": '"skipped": [', "status": "ok"}]])
def test_what_a_report_skips_is_read_line_by_line(tmp_path, inputs):
    path = tmp_path / "report.json"
    skipped = [{"path": f"notes {index}.txt", "reason": "[x]"} for index in range(20000)]
    write_report(path, inputs, skipped)
    assert json.loads(path.read_text()) == {"inputs": inputs, "skipped": skipped, "complete": True}
    assert is_complete(path) and list(read_skipped(path)) == skipped
    tracemalloc.start()
    for _ in read_skipped(path):
        pass
    assert tracemalloc.get_traced_memory()[1] < 100_000 < path.stat().st_size
    tracemalloc.stop()
    write_report(path, inputs, [], complete=False)
    assert not is_complete(path) and list(read_skipped(path)) == []
    assert not is_complete(tmp_path / "nowhere.json")
