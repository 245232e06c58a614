# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries a performance to bones, and marks places of the head by Empties."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import StringProperty

from ..data.rig import BONES, bone_of
from ..scene.head_properties import HeadKind, kind_of
from ..scene.rig import add_empties, drive_bones


def _is_baked(cls, context):
    if kind_of(context.object) is not HeadKind.PERFORMANCE or context.object.mode != "OBJECT":
        cls.poll_message_set("Make a head that was baked from a clip the active object, in Object Mode")
        return False
    return True


class PRNET_OT_add_empties(bpy.types.Operator):
    bl_idname = "prnet.add_empties"
    bl_label = "Add Empties"
    bl_description = (
        "Add Empties that follow the active baked head: one at its place, one at each eye that turns with it, and one "
        "at each vertex that is selected in its mesh"
    )
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        return _is_baked(cls, context)

    def execute(self, context):
        made = add_empties(context.object)
        self.report({"INFO"}, rpt_("{} Empties added").format(len(made)))
        return {"FINISHED"}


class PRNET_OT_drive_bones(bpy.types.Operator):
    bl_idname = "prnet.drive_bones"
    bl_label = "Drive Bones"
    bl_description = (
        "Animate head, jaw and eyes of the selected rig by the active baked head. The bones of Rigify and of other "
        "common rigs are found by their names"
    )
    bl_options = {"REGISTER", "UNDO"}

    head: StringProperty(name="Head Bone", description="Empty: found by its name")
    jaw: StringProperty(name="Jaw Bone", description="Empty: found by its name")
    eye_left: StringProperty(name="Left Eye's Bone", description="Empty: found by its name")
    eye_right: StringProperty(name="Right Eye's Bone", description="Empty: found by its name")

    @classmethod
    def poll(cls, context):
        return _is_baked(cls, context)

    def execute(self, context):
        rigs = [thing for thing in context.selected_objects if thing.type == "ARMATURE"]
        if not rigs:
            self.report({"ERROR"}, "Select the rig too, the baked head last")
            return {"CANCELLED"}
        names = rigs[0].pose.bones.keys()
        chosen = {part: getattr(self, part) for part in BONES}
        if unknown := [name for name in chosen.values() if name and name not in names]:
            self.report({"ERROR"}, rpt_("{} has no bone {}").format(rigs[0].name, ", ".join(unknown)))
            return {"CANCELLED"}
        driven = drive_bones(context.object, rigs[0], {part: chosen[part] or bone_of(part, names) for part in BONES})
        if not driven:
            self.report({"ERROR"}, rpt_("{} has no bone for head, jaw or eyes; name them").format(rigs[0].name))
            return {"CANCELLED"}
        self.report({"INFO"}, rpt_("{}: {} bones follow").format(rigs[0].name, len(driven)))
        return {"FINISHED"}
