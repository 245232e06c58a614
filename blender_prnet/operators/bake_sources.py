# SPDX-License-Identifier: GPL-3.0-or-later
"""Bakes strips, files, or what is left of the bake that was stopped."""

import bpy
from bpy.props import BoolProperty

from ..data.sources import SourceError, takes_of_files
from ..scene.strips import selected_strips, sequencer_scene, takes_of_strips
from ..session import SESSION
from .bake import BakesTakes, ResumesBake
from .file_choice import FOR_SCRIPTS, ChoosesFiles, TakesPreset


class PRNET_OT_bake(TakesPreset, BakesTakes, bpy.types.Operator):
    bl_idname = "prnet.bake"
    bl_label = "Bake Performance"
    bl_description = "Make a head that plays the performance in the selected movie and image strips of the sequencer"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if not selected_strips(sequencer_scene(context)):
            cls.poll_message_set("Select movie or image strips in the sequencer, or bake a clip from a file")
            return False
        return super().poll(context)

    def execute(self, context):
        if not self.set_preset(context, "video"):
            return {"CANCELLED"}
        try:
            takes = takes_of_strips(sequencer_scene(context))
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.bake(context, takes)


class PRNET_OT_bake_file(ChoosesFiles, BakesTakes, bpy.types.Operator):
    bl_idname = "prnet.bake_file"
    bl_label = "Bake a File"
    bl_description = (
        "Choose movies, or the images of a sequence, and make a head that plays the performance in them, "
        "from the scene's first frame on"
    )
    bl_options = {"UNDO"}

    filter_movie: BoolProperty(default=True, options=FOR_SCRIPTS)
    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def execute(self, context):
        if not self.set_preset(context, "video"):
            return {"CANCELLED"}
        try:
            takes = takes_of_files(self.chosen(), context.scene.frame_start)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.bake(context, takes)


class PRNET_OT_resume_bake(ResumesBake, bpy.types.Operator):
    bl_idname = "prnet.resume_bake"
    bl_label = "Resume"
    bl_description = "Resume the bake that was stopped, from where it was"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.bake(context, list(SESSION.interrupted_bake.takes))


class PRNET_OT_build_tracked(ResumesBake, bpy.types.Operator):
    bl_idname = "prnet.build_tracked"
    bl_label = "Build What Is Done"
    bl_description = "Make the head from the frames that were tracked before the bake was stopped"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.bake(context, [SESSION.interrupted_bake.tracked_part()])
