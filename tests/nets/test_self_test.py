# SPDX-License-Identifier: GPL-3.0-or-later
"""The self-test says what the computer calculates with, and how long a face takes."""

import re

from nets.commands import run_command
from nets.model.processor import INSTRUCTION_SETS, instruction_set


def test_it_states_the_instruction_set_and_the_time(capsys):
    assert run_command(["self-test"]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first.startswith("processor: ") and first.endswith(instruction_set())
    assert re.fullmatch(r"CPU: \d+\.\d ms per face, engine \S+", second)


def test_the_most_capable_set_is_named(monkeypatch):
    found = dict.fromkeys(INSTRUCTION_SETS, False)
    for name, words in reversed(INSTRUCTION_SETS.items()):
        found[name] = True
        monkeypatch.setattr("nets.model.processor.FEATURES", found)
        assert instruction_set() == words
