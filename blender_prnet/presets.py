# SPDX-License-Identifier: GPL-3.0-or-later
"""Capture presets: TOML files in presets/, one per entry of the panel's menu. No bpy."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Preset:
    """label and description are for the menu; the rest are the settings of one capture.

    model: a bundle's name; faces: "all" or "largest"; density: "dense" or "medium"; texture_size: pixels;
    moves: "head" or "camera".
    """

    name: str
    label: str
    description: str
    model: str
    faces: str
    density: str
    texture_size: int
    moves: str


def load_presets(folder: Path) -> dict[str, Preset]:
    """All presets of `folder`, by name; "photo", the default, comes first."""
    paths = sorted(Path(folder).glob("*.toml"), key=lambda path: (path.stem != "photo", path.stem))
    return {path.stem: Preset(path.stem, **tomllib.loads(path.read_text("utf-8"))) for path in paths}
