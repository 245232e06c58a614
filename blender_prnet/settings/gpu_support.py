# SPDX-License-Identifier: GPL-3.0-or-later
"""The installation of the GPU environment as Blender sees it: started, followed by a timer, stopped.

It goes on in the background while the user works; WindowManager.prnet_gpu says how far it is and what came of it.
"""

import sys
import time
from pathlib import Path

import bpy
from bpy.props import BoolProperty, FloatProperty, PointerProperty, StringProperty

from ..installation import CLIENT, REQUIREMENTS, ROOT, environment_folder, log_path
from ..worker import Job, WorkerError, WorkerProcess, WorkerSetup
from ..worker.environment.manifest import read_manifest
from ..worker.python import existing

STEP_SECONDS = 0.25
RUN_INSTALLER = ("-s", "-m", "blender_prnet.worker.environment")
_job: Job | None = None
_worker: WorkerProcess | None = None


class InstallState(bpy.types.PropertyGroup):
    """WindowManager.prnet_gpu"""

    running: BoolProperty(options={"SKIP_SAVE"})
    progress: FloatProperty(options={"SKIP_SAVE"})  # 0 where it is not known
    text: StringProperty(options={"SKIP_SAVE"})
    outcome: StringProperty(options={"SKIP_SAVE"})
    failed: BoolProperty(options={"SKIP_SAVE"})


def install_log() -> Path:
    return log_path("gpu_support.log")


def install(wheels: list[Path]) -> None:
    """Start the installation, from the internet or from folders of wheels. Raises WorkerError if it cannot start."""
    request = {"type": "install", "requirements": str(REQUIREMENTS), "wheels": [str(folder) for folder in wheels]}
    _start(request, "Installing GPU support")


def remove() -> None:
    """Start to remove the environment and whatever is left of an unfinished one."""
    _start({"type": "remove"}, "Removing GPU support")


def cancel() -> None:
    if _job:
        _job.cancel()
        _state().text = "Stopping"


def wait() -> None:
    """For where timers do not run: until it has finished."""
    while _step() is not None:
        time.sleep(STEP_SECONDS)


def end() -> None:
    """Blender or the extension ends: the process cleans up by itself when it is not spoken to any more."""
    global _job
    if _job and not _job.finished:
        _worker.hang_up()
    _job = None
    if bpy.app.timers.is_registered(_step):
        bpy.app.timers.unregister(_step)


def _start(request, text):
    global _job, _worker
    CLIENT.end()  # the worker may run on the environment that is about to go
    setup = WorkerSetup(existing(sys.executable, "Blender"), ROOT, install_log(), RUN_INSTALLER)
    _worker = WorkerProcess(setup)
    _job = Job(_worker, {**request, "environment": str(environment_folder())})
    state = _state()
    state.running, state.progress, state.text, state.outcome, state.failed = True, 0.0, text, "", False
    if not bpy.app.background:
        bpy.app.timers.register(_step, first_interval=STEP_SECONDS, persistent=True)


def _step():
    """Follow the job; the seconds until the next time, None when it has finished."""
    state = _state()
    try:
        for message, _ in _job.pump():
            if message["type"] == "progress":
                state.text = message["text"]
                state.progress = message["done"] / message["total"] if message["total"] else 0.0
    except WorkerError as error:
        _conclude(state, f"{error} {error.remedy}", failed=True)
        return None
    redraw()
    if not _job.finished:
        return STEP_SECONDS
    _conclude(state, "Stopped; nothing was left behind." if _job.cancelled else what_is_there(), failed=False)
    return None


def what_is_there() -> str:
    manifest = read_manifest(environment_folder())
    if manifest is None:
        return "GPU support is removed."
    found = manifest.gpu or "no GPU that it can use: is NVIDIA's driver installed, and recent?"
    return f"Installed: PyTorch {manifest.torch}, Python {manifest.python}. It found {found}"


def _conclude(state, outcome, failed):
    state.running, state.text, state.outcome, state.failed = False, "", outcome, failed
    redraw()


def _state():
    return bpy.context.window_manager.prnet_gpu


def redraw():
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"PREFERENCES", "VIEW_3D"}:
                area.tag_redraw()


def register():
    bpy.types.WindowManager.prnet_gpu = PointerProperty(type=InstallState)


def unregister():
    end()
    del bpy.types.WindowManager.prnet_gpu


CLASSES = (InstallState,)
