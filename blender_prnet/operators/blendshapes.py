# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfers ARKit animation to other characters and programs."""

from pathlib import Path

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty
from mathutils import Matrix

from ..data.live import local_turns
from ..data.timing import Keyframes
from ..interface import live_link
from ..scene.bake import frame_range
from ..scene.blendshapes import Blendshapes, apply_blendshapes, read_blendshapes, takes_blendshapes
from ..scene.camera import camera_of
from ..scene.head_properties import HeadKind, kind_of
from ..scene.head_turn import animate_turn, rotation_of, turnable
from ..scene.key_obstacles import doubts_about, why_not_kept
from ..scene.motion import head_angles
from ..scene.timeline import scene_rate
from .file_choice import FOR_SCRIPTS


def _apply(operator, things, shapes):
    barred = {thing: reason for thing in things if (reason := why_not_kept(thing))}
    for thing, reason in barred.items():
        operator.report({"ERROR"}, f"{thing.name}: {rpt_(reason)}")
    if things and len(barred) == len(things):
        return {"CANCELLED"}
    things = [thing for thing in things if thing not in barred]
    found = {thing.name: apply_blendshapes(thing, shapes) for thing in things}
    for thing in things:
        for doubt in doubts_about(thing):
            operator.report({"WARNING"}, f"{thing.name}: {doubt}")
    if not any(found.values()):
        operator.report(
            {"ERROR"},
            "No selected mesh has shape keys of ARKit's names, such as jawOpen. Others can be named under Key Names",
        )
        return {"CANCELLED"}
    text = ", ".join(rpt_("{}: {} of {} keys").format(name, count, len(shapes.names)) for name, count in found.items())
    operator.report({"INFO"} if all(found.values()) else {"WARNING"}, text)
    return {"FINISHED"}


def _angles(head, frames):
    """Return yaw, pitch and roll (S, 3) of a baked head before its camera; 0 for other meshes, which have none."""
    camera = camera_of(head) if kind_of(head) is HeadKind.PERFORMANCE else None
    return np.zeros((len(frames), 3)) if camera is None else head_angles(head, camera, frames)


class PRNET_OT_apply_blendshapes(bpy.types.Operator):
    bl_idname = "prnet.apply_blendshapes"
    bl_label = "Apply to Selected Character"
    bl_description = "Copy the active head's ARKit animation to the other selected meshes that have keys of those names"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if context.object is None or not takes_blendshapes(context.object):
            cls.poll_message_set("Make a head with ARKit animation the active object, and select the character too")
            return False
        return True

    def execute(self, context):
        shapes = read_blendshapes(context.object)
        if shapes is None:
            self.report({"ERROR"}, rpt_("{} has ARKit keys, but they are not animated").format(context.object.name))
            return {"CANCELLED"}
        others = [thing for thing in context.selected_objects if thing != context.object and thing.type == "MESH"]
        if not others:
            self.report({"ERROR"}, "Select the character's meshes too, the captured head last")
            return {"CANCELLED"}
        return _apply(self, others, shapes)


class PRNET_OT_load_live_link(bpy.types.Operator):
    bl_idname = "prnet.load_live_link"
    bl_label = "Load Live Link CSV"
    bl_description = (
        "Animate the ARKit keys of the selected meshes by a file of Live Link Face, from the first frame on"
    )
    bl_options = {"UNDO"}

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.csv", options=FOR_SCRIPTS)
    mirror: BoolProperty(name="Mirror", description="Exchange left and right, as a mirror shows the actor")
    swap_mouth: BoolProperty(
        name="Swap Mouth Left and Right",
        description="Exchange MouthLeft and MouthRight, for characters whose mouth goes the wrong way",
    )
    turn_head: BoolProperty(
        name="Turn the Head",
        description="Turn the object or the bone that the panel Live names as Head Rotation by the file's head angles",
    )

    @classmethod
    def poll(cls, context):
        if not any(takes_blendshapes(thing) for thing in context.selected_objects):
            cls.poll_message_set(
                "Select meshes with shape keys of ARKit's names, such as jawOpen, or name theirs under Key Names"
            )
            return False
        return True

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        try:
            recording = live_link.load(Path(self.filepath))
        except live_link.LiveLinkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if self.mirror:
            recording = recording.mirrored()
        if self.swap_mouth:
            recording = recording.with_mouth_swapped()
        time = context.scene.frame_start + recording.time * scene_rate(context.scene)
        if self.turn_head and (reason := self._turn_head(context.scene.prnet_live, recording, time)):
            self.report({"ERROR"}, reason)
            return {"CANCELLED"}
        meshes = [thing for thing in context.selected_objects if thing.type == "MESH"]
        return _apply(self, meshes, Blendshapes(recording.names, time, recording.values))

    def _turn_head(self, live, recording, time):
        """Animate what the live settings name as Head Rotation; return why that cannot be, or ""."""
        thing = turnable(live.head, live.bone) if live.head else None
        if thing is None:
            return rpt_("Choose what turns as Head Rotation in the panel Live")
        if recording.head is None:
            return rpt_("This file does not tell how the head turns")
        turns = [
            Matrix(turn.tolist()).to_quaternion() for turn in local_turns(live_link.head_rotations(recording.head))
        ]
        row = np.arange(len(time))
        keys = Keyframes(row, time, row == row[-1])
        animate_turn(thing, rotation_of(thing), turns, keys, f"{Path(self.filepath).stem} {thing.name}")
        return ""


class PRNET_OT_save_live_link(bpy.types.Operator):
    bl_idname = "prnet.save_live_link"
    bl_label = "Save Live Link CSV"
    bl_description = "Write the active head's ARKit animation as Live Link Face does, one row per frame of the scene"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.csv", options=FOR_SCRIPTS)

    poll = PRNET_OT_apply_blendshapes.poll

    def invoke(self, context, _event):
        self.filepath = f"{context.object.name}.csv"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        head, scene = context.object, context.scene
        shapes = read_blendshapes(head)
        if shapes is None:
            self.report({"ERROR"}, rpt_("{} has ARKit keys, but they are not animated").format(head.name))
            return {"CANCELLED"}
        first, last = np.floor(shapes.time[[0, -1]]).astype(int)
        if kind_of(head) is HeadKind.PERFORMANCE:
            first, last = frame_range(head)
        frames = np.arange(first, last + 1)
        values = np.stack([np.interp(frames, shapes.time, column) for column in shapes.values.T], 1)
        try:
            live_link.save(Path(self.filepath), shapes.names, values, scene_rate(scene), _angles(head, frames))
        except live_link.LiveLinkError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if kind_of(head) is HeadKind.PERFORMANCE and camera_of(head) is None:
            text = rpt_("{} has no camera any more, so the file says that the head does not turn")
            self.report({"WARNING"}, text.format(head.name))
        self.report({"INFO"}, rpt_("{} frames written to {}").format(len(frames), self.filepath))
        return {"FINISHED"}
