# SPDX-License-Identifier: GPL-3.0-or-later
"""The built zip in a Blender that has never seen the extension: install, capture, remove, with nothing from outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def outcome(extension_zip, photos, tmp_path_factory):
    """What use_zip.py tells, run in a home of its own."""
    home = tmp_path_factory.mktemp("home of a café")
    environment = {name: value for name, value in os.environ.items() if name != "PRNET_WORKER_PYTHON"}
    environment["BLENDER_USER_RESOURCES"] = str(home)
    command = [sys.executable, Path(__file__).with_name("use_zip.py"), extension_zip, photos / "portrait.png"]
    told = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=300)
    return {**json.loads(told.stdout.splitlines()[-1]), "home": home}


def test_captures_at_once_on_blenders_own_python(outcome):
    assert outcome["heads"] == ["Head portrait_0"]
    assert outcome["python"] == "Blender" and outcome["packages"].startswith(str(outcome["home"]))


def test_removing_leaves_nothing_but_what_the_user_made(outcome):
    left = {path.relative_to(outcome["home"]).as_posix() for path in outcome["home"].rglob("*") if path.is_file()}
    assert left == {"extensions/.cache/compat.dat", "results/portrait.blend"}  # the first is Blender's own
