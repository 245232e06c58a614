# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: the extension, its presets, its user folder, the worker's Python and log."""

from pathlib import Path

import bpy

from .client import Client, WorkerSetup
from .presets import DEFAULTS, Preset, preset_files, read_preset
from .worker_python import WorkerPython, choose_python

# As an extension this package is bl_ext.<repository>.<id>.blender_prnet, and the preferences belong to its parent.
PACKAGE = __package__.rpartition(".")[0] if __package__.count(".") >= 3 else __package__
ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements/worker.txt"  # what the managed environment holds
CLIENT = Client()


def preferences():
    return bpy.context.preferences.addons[PACKAGE].preferences


def user_folder() -> Path:
    """The extension's own writable folder, which outlives updates."""
    return Path(bpy.utils.extension_path_user(PACKAGE, create=True))


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


def log_path() -> Path:
    return user_folder() / "worker.log"


def face_model_folder() -> Path:
    """Where the ICT face model's file is, or will be; the worker looks for it there too."""
    return user_folder() / "face_model"


def has_face_model() -> bool:
    return (face_model_folder() / "ict_face_model_light.npz").is_file()


def bake_folder() -> Path:
    """Where what a bake leaves on disk goes: next to the blend file; the extension's folder while it is unsaved."""
    if bpy.data.is_saved:
        blend = Path(bpy.data.filepath)
        return blend.with_name(f"{blend.stem}_face_capture")
    return user_folder() / "bakes"


def cache_folder(settings) -> Path:
    """Where the tracking of clips is kept; `settings`: Scene.prnet_bake."""
    return Path(bpy.path.abspath(settings.cache_folder)) if settings.cache_folder else bake_folder() / "cache"


def environment_folder() -> Path:
    """Where the environment that the extension manages is, or will be."""
    return user_folder() / "environment"


def find_python() -> WorkerPython:
    """The worker's Python as the preferences and this Blender have it. Raises WorkerError if there is none."""
    return choose_python(bpy.path.abspath(preferences().worker_python), environment_folder(), REQUIREMENTS)


def worker_setup() -> WorkerSetup:
    python = find_python()
    return WorkerSetup(python.path, ROOT, log_path(), python.arguments, python.packages)
