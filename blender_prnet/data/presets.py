# SPDX-License-Identifier: GPL-3.0-or-later
"""Presets: TOML files, one per entry of a menu; a folder of them for each kind of work. No bpy.

The extension ships presets/photo and presets/video; users add their own in folders of theirs.
"""

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path


class PresetError(Exception):
    """A preset that cannot be read, applied or written; the message names the file and what is wrong with it."""


@dataclass(frozen=True)
class PhotoPreset:
    """label and description are for the menu; the rest are the settings of one capture.

    model: a bundle's name; faces: "all" or "largest"; density: "dense", "medium" or "light"; texture_size:
    pixels; moves: "head" or "camera".
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
    """As PhotoPreset, for the bake of a clip.

    result: "compact", "arkit", "frames" or "cache"; people: "main", "all" or "one"; smoothing: 0 (none) to 1;
    gaps: "hold" or "interpolate"; texture: "merged" or "sequence".
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


Preset = PhotoPreset | VideoPreset
KINDS: dict[str, type[Preset]] = {"photo": PhotoPreset, "video": VideoPreset}
DEFAULTS = {"photo": "photo", "video": "compact"}  # each comes first in its menu


def preset_files(kind: str, folders: Iterable[Path]) -> dict[str, Path]:
    """Name -> file of every preset in the folders; a name in an earlier folder hides the same one in a later."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml"), key=lambda path: (path.stem != DEFAULTS[kind], path.stem)):
            found.setdefault(path.stem, path)
    return found


def read_preset(kind: str, path: Path) -> Preset:
    """Raises PresetError."""
    try:
        return KINDS[kind](**tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise PresetError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PresetError(f"{path} is not TOML: {error}") from None
    except TypeError as error:  # keys that are missing, or unknown
        raise PresetError(f"{path} is not a preset for {kind}s: {str(error).partition(' ')[2]}") from None


def write_preset(preset: Preset, path: Path) -> None:
    """Raises PresetError."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in vars(preset).items()]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", "utf-8")
    except OSError as error:
        raise PresetError(f"{path} cannot be written: {error.strerror}") from None


def preset_of(kind: str, label: str, description: str, settings) -> Preset:
    """The preset that `settings` amount to: Scene.prnet for photos, Scene.prnet_bake for videos."""
    values = {field.name: field.type(getattr(settings, field.name)) for field in fields(KINDS[kind])[2:]}
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in values.items()}
    return KINDS[kind](label, description, **rounded)  # Blender keeps numbers in single precision


def apply_preset(preset: Preset, settings) -> None:
    """Give `settings` the preset's values: all, or none and PresetError if one of them is not allowed."""
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
    """Whether `settings` are still as the preset sets them."""
    return preset_of(kind, preset.label, preset.description, settings) == preset
