# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: the extension, its presets, its user folder, the worker's Python and log.

Panels ask at every redraw; `preset`, `worker_python` and `gpu_environment` read files again only if they changed.
"""

import os
from contextlib import suppress
from pathlib import Path

import bpy

from .data.file_cache import FileCache
from .data.presets import DEFAULTS, Preset, PresetError, preset_files, read_preset
from .worker import WorkerError, WorkerSetup
from .worker.environment.manifest import (
    EnvironmentManifest,
    manifest_path,
    partial_of,
    python_of,
    read_manifest,
    state_of,
)
from .worker.python import WorkerPython, choose_python

# As an extension this package is bl_ext.<repository>.<id>.blender_prnet, and the preferences belong to its parent.
PACKAGE = __package__.rpartition(".")[0] if __package__.count(".") >= 3 else __package__
ROOT = Path(__file__).resolve().parents[1]
HEAD_FILE = ROOT / "nets/weights/head/head.npz"  # of the extension's own head
LAYOUT_FILE = ROOT / "nets/weights/compact/layout.npz"  # with the landmarks' places in its texture
REQUIREMENTS = ROOT / "requirements/worker.txt"  # the packages of the GPU environment
_cache = FileCache()


def preferences():
    return bpy.context.preferences.addons[PACKAGE].preferences


def user_folder() -> Path:
    """Return the extension's own folder, which may not exist yet. It outlives updates, but not the extension."""
    return Path(bpy.utils.extension_path_user(PACKAGE))


def shipped_presets(kind: str) -> Path:
    return ROOT / "presets" / kind


def own_presets(kind: str) -> Path:
    """Return the folder of the user's presets: with Blender's own presets, so that they outlive the extension."""
    return Path(bpy.utils.user_resource("SCRIPTS", path=f"presets/prnet_face_capture/{kind}"))


def presets(kind: str) -> dict[str, Path]:
    """Return the files of all presets by name, the default first."""
    return preset_files(kind, (shipped_presets(kind), own_presets(kind)))


def preset(kind: str, name: str) -> Preset | PresetError | None:
    """Return the preset of that name, the error if it cannot be read, or None if there is none."""
    paths = [folder / f"{name}.toml" for folder in (shipped_presets(kind), own_presets(kind))]
    return _cache.get(("preset", kind, name), paths, lambda: _read_first(kind, paths))


def _read_first(kind, paths):
    try:
        return next((read_preset(kind, path) for path in paths if path.is_file()), None)
    except PresetError as error:
        return error.with_traceback(None)


def default_preset(kind: str) -> Preset:
    return read_preset(kind, shipped_presets(kind) / f"{DEFAULTS[kind]}.toml")


def models() -> list[str]:
    """Return the names of the networks that come with the extension."""
    return sorted(path.parent.name for path in ROOT.glob("nets/weights/*/model.toml"))


def log_path(name: str = "worker.log") -> Path:
    """Return a log's path: in the user folder, or in Blender's temporary one if that cannot be written."""
    folder = user_folder()
    if not folder.is_dir():
        with suppress(OSError):
            folder.mkdir(parents=True)
    return (folder if folder.is_dir() and os.access(folder, os.W_OK) else Path(bpy.app.tempdir)) / name


def face_model_folder() -> Path:
    """Return the folder of the ICT face model's file, which may not exist yet. The worker looks there too."""
    return user_folder() / "face_model"


def has_face_model() -> bool:
    return (face_model_folder() / "ict_face_model_light.npz").is_file()


def bake_folder() -> Path:
    """Return the folder for the files of a bake: next to the blend file, or, while that is unsaved, with Blender's data
    files, so that they outlive the extension."""
    if bpy.data.is_saved:
        blend = Path(bpy.data.filepath)
        return blend.with_name(f"{blend.stem}_face_capture")
    return Path(bpy.utils.user_resource("DATAFILES", path="prnet_face_capture/bakes"))


def cache_folder(settings) -> Path:
    """Return the folder in which the tracking of clips is kept. settings: Scene.prnet_bake."""
    if settings.cache_folder:
        return Path(bpy.path.abspath(settings.cache_folder))
    return (bake_folder() if bpy.data.is_saved else user_folder()) / "cache"


def environment_folder() -> Path:
    """Return the folder of the GPU environment, which may not exist yet."""
    return user_folder() / "environment"


def find_python() -> WorkerPython:
    """Choose the worker's Python by the preferences and this Blender. Raises WorkerError if there is none."""
    return choose_python(bpy.path.abspath(preferences().worker_python), environment_folder(), REQUIREMENTS)


def worker_python() -> WorkerPython | WorkerError:
    """Return what find_python() returns or raises."""
    chosen = preferences().worker_python
    files = [*_environment_files(), Path(bpy.path.abspath(chosen))]
    return _cache.get(("worker", chosen), files, _try_to_find_python)


def gpu_environment() -> tuple[str, EnvironmentManifest | None]:
    """Return the state of the GPU environment, as state_of() tells it, and its manifest, if it can be read."""
    folder = environment_folder()
    return _cache.get(
        "environment", _environment_files(), lambda: (state_of(folder, REQUIREMENTS), read_manifest(folder))
    )


def _environment_files():
    folder = environment_folder()
    return partial_of(folder), folder, manifest_path(folder), python_of(folder), REQUIREMENTS


def _try_to_find_python():
    try:
        return find_python()
    except WorkerError as error:
        return error.with_traceback(None)  # the cache must not keep frames, and what they refer to


def worker_setup() -> WorkerSetup:
    python = find_python()
    return WorkerSetup(python.path, ROOT, log_path(), python.arguments, python.packages)
