# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a character's key names: filled in, forgotten, kept as a preset in Blender's folder of presets."""

import bpy
from bl_operators.presets import AddPresetBase

from ..scene.key_names import fill_table, has_keys


class EditsKeyNames:
    """Mixin: changes the table of the active mesh."""

    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if not has_keys(context.object):
            cls.poll_message_set("Make a mesh with shape keys the active object")
            return False
        if not context.object.data.is_editable:
            cls.poll_message_set(
                "This mesh is linked from another file. Make a library override of it, or make it local"
            )
            return False
        return True


class PRNET_OT_fill_key_names(EditsKeyNames, bpy.types.Operator):
    bl_idname = "prnet.fill_key_names"
    bl_label = "Fill In"
    bl_description = "List ARKit's blendshapes with the keys that have these names. The keys that you chose stay"

    def execute(self, context):
        fill_table(context.object)
        return {"FINISHED"}


class PRNET_OT_clear_key_names(EditsKeyNames, bpy.types.Operator):
    bl_idname = "prnet.clear_key_names"
    bl_label = "Forget"
    bl_description = "Remove the table from this mesh: its keys are found by their names again"

    def execute(self, context):
        context.object.data.prnet_key_names.clear()
        return {"FINISHED"}


class PRNET_OT_add_key_names(AddPresetBase, bpy.types.Operator):
    bl_idname = "prnet.add_key_names"
    bl_label = "Add Key Names Preset"
    bl_description = "Keep the table as a preset, for other characters whose keys have the same names"
    preset_menu = "PRNET_PT_key_name_presets"
    preset_subdir = "prnet/key_names"
    preset_defines = ["mesh = bpy.context.object.data"]
    preset_values = ["mesh.prnet_key_names"]

    poll = EditsKeyNames.poll

    def pre_cb(self, context):
        if not (self.remove_name or context.object.data.prnet_key_names):
            fill_table(context.object)
