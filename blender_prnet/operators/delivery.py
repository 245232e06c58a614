# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes a whole head for programs that make characters of heads."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..scene.delivery import DeliveryError, Target, deliver
from ..scene.model_head import is_whole_head
from .file_choice import FOR_SCRIPTS

FOLDERS = {Target.METAHUMAN: "MetaHuman", Target.CHARACTER_CREATOR: "Character Creator"}


class PRNET_OT_prepare_head(bpy.types.Operator):
    bl_idname = "prnet.prepare_head"
    bl_label = "Prepare for MetaHuman or Character Creator"
    bl_description = (
        "Write a folder with the active whole head at rest, in centimetres, its parts apart and its textures beside it"
    )

    target: EnumProperty(
        name="For",
        description="The program that takes the head",
        items=[
            (Target.METAHUMAN, "MetaHuman", "FBX, z up, for Mesh to MetaHuman in the Unreal Engine"),
            (Target.CHARACTER_CREATOR, "Character Creator", "OBJ, y up, for Headshot in Character Creator"),
        ],
        options={"SKIP_SAVE"},
    )
    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options=FOR_SCRIPTS)

    @classmethod
    def poll(cls, context):
        if not is_whole_head(context.object):
            cls.poll_message_set("Make a whole head the active object; a capture's grid has no back")
            return False
        return True

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        head, target = context.object, Target(self.target)
        folder = Path(bpy.path.abspath(self.directory)) / bpy.path.clean_name(f"{head.name} {FOLDERS[target]}")
        try:
            path = deliver(context.scene, head, folder, target)
        except DeliveryError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if head.data.shape_keys is None:
            text = rpt_("{} is written with the photo's expression: a head without shape keys has no rest")
            self.report({"WARNING"}, text.format(path))
        else:
            self.report({"INFO"}, rpt_("{} is written").format(path))
        return {"FINISHED"}
