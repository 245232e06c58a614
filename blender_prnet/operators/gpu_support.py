# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs, stops and removes GPU support."""

import sys
import time
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty

from ..installation import REQUIREMENTS, ROOT, environment_folder, log_path
from ..jobs.gpu_support import REMOVE_REQUEST, RUN_INSTALLER, GpuSupportJob, install_request
from ..session import SESSION
from ..worker import WorkerError, WorkerSetup
from ..worker.python import existing
from .file_choice import FOR_SCRIPTS
from .progress import redraw

ONLINE = "Online access is off: allow it in the preferences, System → Network → Allow Online Access"
BUNDLED = ROOT / "wheels"
STEP_SECONDS = 0.25


def install_log() -> Path:
    return log_path("gpu_support.log")


class ChangesEnvironment:
    """Mixin: starts an installation or removal, which a timer follows; without a window, waits for it."""

    @classmethod
    def poll(cls, context):
        if context.window_manager.prnet_gpu.running or context.window_manager.prnet.running:
            cls.poll_message_set("Wait until what is running has finished")
            return False
        return True

    def change(self, context, request: dict, text: str):
        SESSION.client.end()  # the worker may run on the environment that is about to change
        try:
            setup = WorkerSetup(existing(sys.executable, "Blender"), ROOT, install_log(), RUN_INSTALLER)
            SESSION.gpu_support = GpuSupportJob(setup, request, environment_folder())
        except WorkerError as error:
            self.report({"ERROR"}, f"{error} {error.remedy}")
            return {"CANCELLED"}
        state = context.window_manager.prnet_gpu
        state.running, state.progress, state.text, state.outcome, state.failed = True, 0.0, text, "", False
        if not bpy.app.background:
            bpy.app.timers.register(follow_installation, first_interval=STEP_SECONDS, persistent=True)
            return {"FINISHED"}
        while follow_installation() is not None:
            time.sleep(STEP_SECONDS)
        self.report({"ERROR" if state.failed else "INFO"}, state.outcome)
        return {"CANCELLED" if state.failed else "FINISHED"}


def follow_installation() -> float | None:
    """Show how far the job is. Returns the seconds until the next call, None when the job has finished."""
    job, state = SESSION.gpu_support, bpy.context.window_manager.prnet_gpu
    if job is None:  # the extension was disabled
        return None
    finished = job.advance()
    state.text, state.progress = job.text or state.text, job.progress
    if finished:
        state.running, state.text, state.outcome, state.failed = False, "", job.outcome, job.failed
        SESSION.gpu_support = None
    redraw(bpy.context)
    return None if finished else STEP_SECONDS


class PRNET_OT_install_gpu_support(ChangesEnvironment, bpy.types.Operator):
    bl_idname = "prnet.install_gpu_support"
    bl_label = "Install GPU Support"
    bl_description = (
        "Download PyTorch (about 3 GB) into the extension's own folder, so that faces are captured on an NVIDIA GPU. "
        "It runs in the background; Blender's own Python is not touched"
    )

    @classmethod
    def poll(cls, context):
        if not bpy.app.online_access:
            cls.poll_message_set(ONLINE)
            return False
        return super().poll(context)

    def execute(self, context):
        return self.change(context, install_request(REQUIREMENTS, []), "Installing GPU support")


class PRNET_OT_install_gpu_support_from_folder(ChangesEnvironment, bpy.types.Operator):
    bl_idname = "prnet.install_gpu_support_from_folder"
    bl_label = "Install from a Folder of Wheels"
    bl_description = (
        "For computers without internet: take the packages of requirements/worker.txt, as pip download gets them, "
        "from a folder"
    )

    directory: StringProperty(subtype="DIR_PATH", options=FOR_SCRIPTS)
    filter_folder: BoolProperty(default=True, options=FOR_SCRIPTS)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        folder = Path(bpy.path.abspath(self.directory))
        if not any(folder.glob("*.whl")):
            self.report(
                {"ERROR"},
                rpt_("There are no wheels (*.whl) in {}. Choose the folder that pip downloaded to").format(folder),
            )
            return {"CANCELLED"}
        wheels = [path for path in (folder, BUNDLED) if path.is_dir()]
        return self.change(context, install_request(REQUIREMENTS, wheels), "Installing GPU support")


class PRNET_OT_cancel_gpu_support(bpy.types.Operator):
    bl_idname = "prnet.cancel_gpu_support"
    bl_label = "Stop"
    bl_description = "Stop the installation and remove what it has made so far"

    @classmethod
    def poll(cls, context):
        return context.window_manager.prnet_gpu.running

    def execute(self, _context):
        SESSION.gpu_support.cancel()
        return {"FINISHED"}


class PRNET_OT_remove_gpu_support(ChangesEnvironment, bpy.types.Operator):
    bl_idname = "prnet.remove_gpu_support"
    bl_label = "Remove GPU Support"
    bl_description = "Delete the environment with PyTorch; faces are captured on the CPU then"

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        return self.change(context, REMOVE_REQUEST, "Removing GPU support")


class PRNET_OT_open_install_log(bpy.types.Operator):
    bl_idname = "prnet.open_install_log"
    bl_label = "Open Log"
    bl_description = "Open the log of the last installation"

    @classmethod
    def poll(cls, _context):
        return install_log().is_file()

    def execute(self, _context):
        return bpy.ops.wm.path_open(filepath=str(install_log()))


def unregister():
    if bpy.app.timers.is_registered(follow_installation):
        bpy.app.timers.unregister(follow_installation)
