# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers the translations in locale/<language>.toml, which map a text of the code to its translation.

Texts without a translation stay English, as do the worker's and those about damaged files. A new language is a new
file. Blender translates labels, tooltips, names and reports by itself. Texts that the code puts together go through
iface_, as "{} (changed)" does, or through rpt_ if an operator reports them.
"""

import tomllib
from pathlib import Path

import bpy

FOLDER = Path(__file__).parents[1] / "locale"
OWN = "prnet"  # for words that Blender uses in another sense, such as Performance
CONTEXTS = ("*", "Operator", OWN)  # labels and tooltips; names of operators; the words above


def load(path: Path) -> dict[tuple[str, str], str]:
    """Return the translated texts by (context, text), as bpy.app.translations expects them."""
    texts = tomllib.loads(path.read_text("utf-8"))
    return {(context, text): translated for context in CONTEXTS for text, translated in texts.items()}


def register():
    bpy.app.translations.register(__package__, {path.stem: load(path) for path in FOLDER.glob("*.toml")})


def unregister():
    bpy.app.translations.unregister(__package__)
