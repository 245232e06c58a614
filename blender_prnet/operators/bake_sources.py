# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a bake's clips come from: strips, files, or the bake that was stopped."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, StringProperty

from ..scene.sources import SourceError, takes_of_files
from ..scene.strips import selected_strips, sequencer_scene, takes_of_strips
from .bake import BakesTakes, Leavings, set_preset

FOR_SCRIPTS = {"HIDDEN", "SKIP_SAVE"}


class PRNET_OT_bake(BakesTakes, bpy.types.Operator):
    bl_idname = "prnet.bake"
    bl_label = "Bake Performance"
    bl_description = "Make a head that plays the performance in the selected movie and image strips of the sequencer"
    bl_options = {"UNDO"}

    preset: StringProperty(name="Preset", description="For scripts: set this preset first", options=FOR_SCRIPTS)

    @classmethod
    def poll(cls, context):
        if not selected_strips(sequencer_scene(context)):
            cls.poll_message_set("Select movie or image strips in the sequencer, or bake a clip from a file")
            return False
        return super().poll(context)

    def execute(self, context):
        if not set_preset(self, context):
            return {"CANCELLED"}
        try:
            takes = takes_of_strips(sequencer_scene(context))
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.bake(context, takes)


class PRNET_OT_bake_file(BakesTakes, bpy.types.Operator):
    bl_idname = "prnet.bake_file"
    bl_label = "Bake a File"
    bl_description = (
        "Choose movies, or the images of a sequence, and make a head that plays the performance in them, "
        "from the scene's first frame on"
    )
    bl_options = {"UNDO"}

    directory: StringProperty(subtype="DIR_PATH", options=FOR_SCRIPTS)
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options=FOR_SCRIPTS)
    filter_movie: BoolProperty(default=True, options=FOR_SCRIPTS)
    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)
    filter_folder: BoolProperty(default=True, options=FOR_SCRIPTS)
    preset: StringProperty(name="Preset", description="For scripts: set this preset first", options=FOR_SCRIPTS)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        if not set_preset(self, context):
            return {"CANCELLED"}
        try:
            paths = [Path(self.directory, file.name) for file in self.files if file.name]
            takes = takes_of_files(paths, context.scene.frame_start)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.bake(context, takes)


class _GoesOn(BakesTakes):
    @classmethod
    def poll(cls, context):
        return Leavings.last is not None and super().poll(context)


class PRNET_OT_resume_bake(_GoesOn, bpy.types.Operator):
    bl_idname = "prnet.resume_bake"
    bl_label = "Go On"
    bl_description = "Go on with the bake that was stopped, from where it was"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.bake(context, list(Leavings.last.takes))


class PRNET_OT_build_tracked(_GoesOn, bpy.types.Operator):
    bl_idname = "prnet.build_tracked"
    bl_label = "Build What Is Done"
    bl_description = "Make the head from the frames that were tracked before the bake was stopped"
    bl_options = {"UNDO"}

    def execute(self, context):
        last = Leavings.last
        return self.bake(context, [last.takes[0].shortened(last.done)])
