# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README tells people to type exists, and so does what it shows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = "\n".join(re.findall(r"```(?:bash|sh)\n(.*?)```", README, flags=re.DOTALL))


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\bmake ([a-z-]+)", README))))
def test_make_target_exists(target):
    outcome = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("words", sorted(set(re.findall(r"python -m (nets \S+|nets\.\S+)", COMMANDS))))
def test_command_answers_help(words):
    command = [str(ROOT / ".venv/bin/python"), "-m", *words.split(), "--help"]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    assert "usage" in outcome.stdout


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^):]+)\)", README))))
def test_linked_file_exists(target):
    assert (ROOT / target.split("#")[0]).exists()
