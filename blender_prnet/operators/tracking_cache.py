# SPDX-License-Identifier: GPL-3.0-or-later
"""Deletes the tracking that is kept on disk."""

import shutil

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..installation import cache_folder


class PRNET_OT_clear_cache(bpy.types.Operator):
    bl_idname = "prnet.clear_cache"
    bl_label = "Clear Cache"
    bl_description = "Delete the tracking that is kept on disk; clips that are baked again are tracked again"

    @classmethod
    def poll(cls, context):
        if context.window_manager.prnet.running:
            cls.poll_message_set("The worker is busy; Esc stops it")
            return False
        return cache_folder(context.scene.prnet_bake).is_dir()

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context):
        settings = context.scene.prnet_bake
        folder = cache_folder(settings)
        try:
            for clip in folder.glob("*/clip.json"):  # the user may have chosen a folder with other files in it
                shutil.rmtree(clip.parent)
            if not any(folder.iterdir()):
                folder.rmdir()
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be cleared: {}").format(folder, error.strerror))
            return {"CANCELLED"}
        settings.cache_folder = ""
        return {"FINISHED"}
