# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets: TOML files in presets/ for photos and in presets/video/ for clips, one per entry of a menu. No bpy."""

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


@dataclass(frozen=True)
class VideoPreset:
    """As Preset, for the bake of a clip.

    result: "compact", "arkit", "frames" or "cache"; people: "main" or "all"; smoothing: 0 (none) to 1;
    gaps: "hold" or "interpolate"; texture: "merged" or "sequence".
    """

    name: str
    label: str
    description: str
    model: str
    result: str
    people: str
    smoothing: float
    gaps: str
    density: str
    texture: str
    texture_size: int
    moves: str


def load_presets(folder: Path) -> dict[str, Preset]:
    """All presets for photos in `folder`, by name; "photo", the default, comes first."""
    return _load(folder, Preset, "photo")


def load_video_presets(folder: Path) -> dict[str, VideoPreset]:
    """All presets for clips in `folder`, by name; "compact", the default, comes first."""
    return _load(folder, VideoPreset, "compact")


def _load(folder, kind, default):
    paths = sorted(Path(folder).glob("*.toml"), key=lambda path: (path.stem != default, path.stem))
    return {path.stem: kind(path.stem, **tomllib.loads(path.read_text("utf-8"))) for path in paths}
