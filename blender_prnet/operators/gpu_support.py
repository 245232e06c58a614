# SPDX-License-Identifier: GPL-3.0-or-later
"""Installing, stopping and removing GPU support."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty

from ..installation import ROOT
from ..settings import gpu_support
from ..worker import WorkerError
from .file_choice import FOR_SCRIPTS

ONLINE = "Online access is off: allow it in the preferences, System → Network → Allow Online Access"
BUNDLED = ROOT / "wheels"


class ChangesEnvironment:
    """Mixin: starts a change of the environment; waits for it where there is no window."""

    @classmethod
    def poll(cls, context):
        if context.window_manager.prnet_gpu.running or context.window_manager.prnet.running:
            cls.poll_message_set("Wait until what is running has finished")
            return False
        return True

    def change(self, context, start, *arguments):
        try:
            start(*arguments)
        except WorkerError as error:
            self.report({"ERROR"}, f"{error} {error.remedy}")
            return {"CANCELLED"}
        if not bpy.app.background:
            return {"FINISHED"}
        gpu_support.wait()
        state = context.window_manager.prnet_gpu
        self.report({"ERROR" if state.failed else "INFO"}, state.outcome)
        return {"CANCELLED" if state.failed else "FINISHED"}


class PRNET_OT_install_gpu_support(ChangesEnvironment, bpy.types.Operator):
    bl_idname = "prnet.install_gpu_support"
    bl_label = "Install GPU Support"
    bl_description = (
        "Download PyTorch (about 3 GB) into the extension's own folder, so that faces are captured on an NVIDIA GPU. "
        "Goes on in the background; Blender's own Python is not touched"
    )

    @classmethod
    def poll(cls, context):
        if not bpy.app.online_access:
            cls.poll_message_set(ONLINE)
            return False
        return super().poll(context)

    def execute(self, context):
        return self.change(context, gpu_support.install, [])


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
        return self.change(context, gpu_support.install, [path for path in (folder, BUNDLED) if path.is_dir()])


class PRNET_OT_cancel_gpu_support(bpy.types.Operator):
    bl_idname = "prnet.cancel_gpu_support"
    bl_label = "Stop"
    bl_description = "Stop the installation and remove what it has made so far"

    @classmethod
    def poll(cls, context):
        return context.window_manager.prnet_gpu.running

    def execute(self, _context):
        gpu_support.cancel()
        return {"FINISHED"}


class PRNET_OT_remove_gpu_support(ChangesEnvironment, bpy.types.Operator):
    bl_idname = "prnet.remove_gpu_support"
    bl_label = "Remove GPU Support"
    bl_description = "Delete the environment with PyTorch; faces are captured on the CPU then"

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        return self.change(context, gpu_support.remove)


class PRNET_OT_open_install_log(bpy.types.Operator):
    bl_idname = "prnet.open_install_log"
    bl_label = "Open Log"
    bl_description = "Open the log of the last installation"

    @classmethod
    def poll(cls, _context):
        return gpu_support.install_log().is_file()

    def execute(self, _context):
        return bpy.ops.wm.path_open(filepath=str(gpu_support.install_log()))


CLASSES = (
    PRNET_OT_install_gpu_support,
    PRNET_OT_install_gpu_support_from_folder,
    PRNET_OT_cancel_gpu_support,
    PRNET_OT_remove_gpu_support,
    PRNET_OT_open_install_log,
)
