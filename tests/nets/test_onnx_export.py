# SPDX-License-Identifier: GPL-3.0-or-later
"""The export command changes a bundle as a whole or not at all."""

import shutil

import onnx
import pytest

from nets.commands import FAILED, run_command
from nets.model.bundle import load_bundle


@pytest.fixture
def bundle_folder(tmp_path):
    """A copy of the built-in bundle with a file that is not a part of it."""
    folder = shutil.copytree(load_bundle().folder, tmp_path / "copy")
    (folder / "notes.txt").write_text("kept")
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_eight_bits_without_the_face_model_leave_the_bundle_as_it_was(bundle_folder, tmp_path, monkeypatch, capsys):
    before = contents(bundle_folder)
    monkeypatch.setattr("nets.lab.onnx_export.graph.build_graph", lambda bundle: onnx.ModelProto(domain="another"))
    options = ["--model", str(bundle_folder), "--int8", "--face-model", str(tmp_path / "none")]
    assert run_command(["export", *options]) == FAILED
    assert "face model" in capsys.readouterr().err
    assert contents(bundle_folder) == before


def test_an_exported_bundle_is_whole(bundle_folder, tmp_path, monkeypatch):
    graph = onnx.load(load_bundle().graphs["fp32"], load_external_data=False)  # test_engines.py builds one, slowly
    monkeypatch.setattr("nets.lab.onnx_export.graph.build_graph", lambda bundle: graph)
    assert run_command(["export", "--model", str(bundle_folder)]) == 0
    load_bundle(bundle_folder)  # checks every file's checksum
    assert (bundle_folder / "notes.txt").read_text() == "kept"
    assert list(tmp_path.iterdir()) == [bundle_folder]
