# SPDX-License-Identifier: GPL-3.0-or-later
"""Translations: locale/<language>.toml, from a text as it stands in the code to the text in that language.

Texts without one stay English, as do the worker's and those about damaged files. A language is added by adding its
file. Blender looks up labels, tooltips, names and reports by itself; what the code puts together goes through iface_,
as "{} (changed)" does, or, if an operator reports it, through rpt_.
"""

import tomllib
from pathlib import Path

import bpy

FOLDER = Path(__file__).parents[1] / "locale"
OWN = "prnet"  # for words that Blender itself means otherwise, as Performance
CONTEXTS = ("*", "Operator", OWN)  # of labels and tooltips, of the names of operators, of those words


def load(path: Path) -> dict[tuple[str, str], str]:
    """(context, text) -> translated text, as bpy.app.translations wants it."""
    texts = tomllib.loads(path.read_text("utf-8"))
    return {(context, text): translated for context in CONTEXTS for text, translated in texts.items()}


def register():
    bpy.app.translations.register(__package__, {path.stem: load(path) for path in FOLDER.glob("*.toml")})


def unregister():
    bpy.app.translations.unregister(__package__)
