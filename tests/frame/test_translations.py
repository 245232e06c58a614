# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations say what the code says today."""

import ast
import string
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted((ROOT / "blender_prnet/locale").glob("*.toml"))


@pytest.fixture(scope="module")
def texts() -> set[str]:
    """Every string in the part that runs in Blender, as Python joins them, and the presets' words."""
    found = set()
    for path in (ROOT / "blender_prnet").rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text("utf-8")))
        found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    for path in (ROOT / "presets").rglob("*.toml"):
        preset = tomllib.loads(path.read_text("utf-8"))
        found |= {preset["label"], preset["description"]}
    return found


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("path", LANGUAGES, ids=lambda path: path.stem)
def test_translations_are_of_texts_that_there_are(path, texts):
    table = tomllib.loads(path.read_text("utf-8"))
    assert not set(table) - texts, "translated, but no longer in the code"
    assert not [text for text in table if places(text) != places(table[text])], "other {} than in the code"


def test_there_is_a_language():
    assert LANGUAGES
