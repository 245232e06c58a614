# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person become one head."""

import bpy
from bpy.props import BoolProperty

from ..jobs.merge import MergeJob
from ..session import SESSION
from .building import build_merged
from .capture import capture_options
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_merge_photos(ChoosesFiles, RunsJob, bpy.types.Operator):
    bl_idname = "prnet.merge_photos"
    bl_label = "One Head from Photos"
    bl_description = (
        "Choose several photos of one person and make one head of them, more accurate than from a single photo, "
        "with a camera for every photo"
    )
    bl_options = {"UNDO"}

    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def execute(self, context):
        paths = [str(path) for path in self.chosen()]
        if len(paths) < 2:
            self.report({"ERROR"}, "Choose two photos of the person or more")
            return {"CANCELLED"}
        if not self.set_preset(context, "photo"):
            return {"CANCELLED"}
        screen = BlenderScreen(self)
        screen.clear_report()
        options = capture_options(context.scene.prnet)
        return self.run(context, MergeJob(SESSION.request, paths, options, build_merged, screen, SESSION.threads))
