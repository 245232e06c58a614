# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets: TOML files with settings, in a folder for each kind: photos, videos, live capture.

The extension ships presets/photo, presets/video and presets/live. Users can add folders of their own.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_type_hints


class PresetError(Exception):
    """A preset cannot be read, applied or written. The message names the file and what is wrong with it."""


@dataclass(frozen=True)
class PhotoPreset:
    """The settings of a capture, with a label and a description for the menu.

    model: name of a bundle
    faces: "all" or "largest"
    density: "dense", "medium" or "light"
    texture_size: pixels
    moves: "head" or "camera"
    """

    label: str
    description: str
    model: str
    faces: str
    density: str
    texture_size: int
    moves: str


@dataclass(frozen=True)
class VideoPreset:
    """The settings of the bake of a clip; fields that PhotoPreset has too mean the same.

    result: see data.bake.BuildOptions
    people: "main", "all" or "one"
    smoothing: 0 (none) to 1
    gaps: "hold" or "interpolate"
    texture: "automatic", "merged" or "sequence"
    """

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


@dataclass(frozen=True)
class LivePreset:
    """How strongly a live character acts: a strength for each group of data.gain.GROUPS, and what is added to it."""

    label: str
    description: str
    brows: float
    eyes: float
    jaw: float
    mouth: float
    cheeks: float
    brows_offset: float
    eyes_offset: float
    jaw_offset: float
    mouth_offset: float
    cheeks_offset: float


Preset = PhotoPreset | VideoPreset | LivePreset
KINDS: dict[str, type[Preset]] = {"photo": PhotoPreset, "video": VideoPreset, "live": LivePreset}
DEFAULTS = {"photo": "photo", "video": "head", "live": "natural"}  # names of presets, which come first in the menus


def preset_files(kind: str, folders: Iterable[Path]) -> dict[str, Path]:
    """Return name -> file of all presets in the folders. A preset hides those of its name in later folders."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULTS[kind], path.stem)):
            found.setdefault(path.stem, path)
    return found


def read_preset(kind: str, path: Path) -> Preset:
    """Read a preset. Raises PresetError."""
    try:
        return KINDS[kind](**tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise PresetError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetError(f"{path} is not TOML: {error}") from None
    except TypeError as error:  # keys that are missing, or unknown
        raise PresetError(f"{path} is not a preset for {kind}s: {str(error).partition(' ')[2]}") from None


def write_preset(preset: Preset, path: Path) -> None:
    """Write a preset. Raises PresetError."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in vars(preset).items()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise PresetError(f"{path} cannot be written: {error.strerror}") from None


def preset_of(kind: str, label: str, description: str, settings) -> Preset:
    """Return the preset with the values of `settings`: see operators.presets.settings_for."""
    types = get_type_hints(KINDS[kind])
    values = {field.name: types[field.name](getattr(settings, field.name)) for field in fields(KINDS[kind])[2:]}
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}
    return KINDS[kind](label, description, **rounded)  # Blender keeps numbers in single precision


def apply_preset(preset: Preset, settings) -> None:
    """Give `settings` the preset's values. If one of them is not allowed, raise PresetError and change none."""
    before = {}
    for field in fields(preset)[2:]:
        before[field.name] = getattr(settings, field.name)
        value = getattr(preset, field.name)
        try:
            setattr(settings, field.name, type(before[field.name])(value))
        except (TypeError, ValueError) as error:
            for name, old in before.items():
                setattr(settings, name, old)
            raise PresetError(f"{field.name} = {value!r}: {error}") from None


def is_applied(kind: str, preset: Preset, settings) -> bool:
    """Tell whether `settings` have the preset's values."""
    return preset_of(kind, preset.label, preset.description, settings) == preset
