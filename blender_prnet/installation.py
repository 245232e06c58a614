# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: the extension, its presets, its user folder, the worker's Python and log."""

import os
from contextlib import suppress
from pathlib import Path

import bpy

from .data.presets import DEFAULTS, Preset, preset_files, read_preset
from .worker import Client, WorkerSetup
from .worker.python import WorkerPython, choose_python

# As an extension this package is bl_ext.<repository>.<id>.blender_prnet, and the preferences belong to its parent.
PACKAGE = __package__.rpartition(".")[0] if __package__.count(".") >= 3 else __package__
ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements/worker.txt"  # what the managed environment holds
CLIENT = Client()


def preferences():
    return bpy.context.preferences.addons[PACKAGE].preferences


def user_folder() -> Path:
    """The extension's own folder, which outlives updates and goes when the extension is removed; there or not."""
    return Path(bpy.utils.extension_path_user(PACKAGE))


def shipped_presets(kind: str) -> Path:
    return ROOT / "presets" / kind


def own_presets(kind: str) -> Path:
    """Where the user's presets are: with those of all Blender, so that they outlive the extension."""
    return Path(bpy.utils.user_resource("SCRIPTS", path=f"presets/prnet_face_capture/{kind}"))


def presets(kind: str) -> dict[str, Path]:
    """Name -> file of the presets that there are, the default first."""
    return preset_files(kind, (shipped_presets(kind), own_presets(kind)))


def default_preset(kind: str) -> Preset:
    return read_preset(kind, shipped_presets(kind) / f"{DEFAULTS[kind]}.toml")


def models() -> list[str]:
    """Names of the networks that come with the extension."""
    return sorted(path.parent.name for path in ROOT.glob("nets/weights/*/model.toml"))


def log_path(name: str = "worker.log") -> Path:
    """In the extension's folder; in Blender's temporary one where that cannot be written."""
    folder = user_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return (folder if folder.is_dir() and os.access(folder, os.W_OK) else Path(bpy.app.tempdir)) / name


def face_model_folder() -> Path:
    """Where the ICT face model's file is, or will be; the worker looks for it there too."""
    return user_folder() / "face_model"


def has_face_model() -> bool:
    return (face_model_folder() / "ict_face_model_light.npz").is_file()


def bake_folder() -> Path:
    """Where what a bake leaves on disk goes: next to the blend file; with Blender's data files while it is unsaved, so
    that it outlives the extension."""
    if bpy.data.is_saved:
        blend = Path(bpy.data.filepath)
        return blend.with_name(f"{blend.stem}_face_capture")
    return Path(bpy.utils.user_resource("DATAFILES", path="prnet_face_capture/bakes"))


def cache_folder(settings) -> Path:
    """Where the tracking of clips is kept; `settings`: Scene.prnet_bake."""
    if settings.cache_folder:
        return Path(bpy.path.abspath(settings.cache_folder))
    return (bake_folder() if bpy.data.is_saved else user_folder()) / "cache"


def environment_folder() -> Path:
    """Where the environment that the extension manages is, or will be."""
    return user_folder() / "environment"


def find_python() -> WorkerPython:
    """The worker's Python as the preferences and this Blender have it. Raises WorkerError if there is none."""
    return choose_python(bpy.path.abspath(preferences().worker_python), environment_folder(), REQUIREMENTS)


def worker_setup() -> WorkerSetup:
    python = find_python()
    return WorkerSetup(python.path, ROOT, log_path(), python.arguments, python.packages)
