# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: what the network runs on, GPU support, and a Python of the user's own."""

import bpy
from bpy.props import StringProperty

from ..installation import PACKAGE, gpu_environment
from ..worker.environment.manifest import NONE, READY
from .engine_panel import draw_engine
from .widgets import draw_wrapped

LINE_LENGTH = 70


class PRNetPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    worker_python: StringProperty(
        name="Existing Python",
        description=(
            "A Python of your own that has the packages of requirements/worker.txt, with PyTorch for a GPU. "
            "Empty: GPU support if it is installed, else what came with the extension"
        ),
        subtype="FILE_PATH",
    )

    def draw(self, context):
        self.draw_engine(context)
        self.draw_gpu_support(context)
        box = self.layout.box()
        box.label(text="Use an Existing Python")
        box.prop(self, "worker_python", text="")

    def draw_engine(self, context):
        box = self.layout.box()
        box.label(text="Engine")
        draw_engine(box, LINE_LENGTH)
        draw_wrapped(box, context.window_manager.prnet.self_test, LINE_LENGTH, "TIME")
        row = box.row()
        row.operator("prnet.self_test", icon="PLAY")
        row.operator("prnet.open_log", icon="TEXT")

    def draw_gpu_support(self, context):
        state = context.window_manager.prnet_gpu
        box = self.layout.box()
        box.label(text="GPU Support")
        if state.running:
            box.progress(factor=state.progress, text=state.text)
            row = box.row()
            row.operator("prnet.cancel_gpu_support", icon="CANCEL")
            row.operator("prnet.open_install_log", icon="TEXT")
            return
        draw_wrapped(box, state.outcome, LINE_LENGTH, "ERROR" if state.failed else "INFO")
        installed, manifest = gpu_environment()
        if installed == READY:
            box.label(text=f"PyTorch {manifest.torch} on Python {manifest.python}", icon="CHECKMARK")
        else:
            box.label(text="PyTorch for an NVIDIA GPU, in a folder of its own: 3 GB to download, 8 GB on disk")
            if not bpy.app.online_access:
                box.prop(context.preferences.system, "use_online_access")
            row = box.row()
            row.operator("prnet.install_gpu_support", icon="IMPORT")
            row.operator("prnet.install_gpu_support_from_folder", icon="FILE_FOLDER")
        row = box.row()
        if installed != NONE:
            row.operator("prnet.remove_gpu_support", icon="TRASH")
        row.operator("prnet.open_install_log", icon="TEXT")
