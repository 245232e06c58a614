# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking keyframes: the frames of a baked clip in which the user says where the face is."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, IntProperty

from ..scene.camera import camera_of
from ..scene.clip_fixes import ClipFixes, ClipTime
from ..scene.landmarks import has_landmarks, landmarks_of
from ..scene.photo_view import places_in_photo
from ..scene.timeline import range_of
from .refine import RefinesClip, can_be_fixed, clip_frame

HELD = (8, 30, 36, 39, 42, 45, 48, 54)  # landmarks that hold a face as it is: chin, nose, corners of eyes and mouth


class PRNET_OT_fix_frame(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.fix_frame"
    bl_label = "Fix Frame"
    bl_description = (
        "Make the present frame a tracking keyframe, with the face held where it is now. Drag landmarks with the tool "
        "Pin Landmarks, or the box with the tool Face Box, to correct it"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        head, frame = context.object, clip_frame(self, context)
        if frame is None:
            return {"CANCELLED"}
        if not has_landmarks(head):
            self.report({"ERROR"}, rpt_("{} has other vertices than the bake; use Face Box").format(head.name))
            return {"CANCELLED"}
        places = places_in_photo(camera_of(head), landmarks_of(head), head)
        pins = {number: tuple(places[number]) for number in HELD}
        return self.correct(context, ClipFixes.of(head).with_pins(frame, pins))


class PRNET_OT_remove_fix(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.remove_fix"
    bl_label = "Remove Tracking Keyframe"
    bl_description = "Remove the tracking keyframe of the present frame, and track the frames around it as at first"
    bl_options = {"UNDO"}

    def execute(self, context):
        fixes, frame = ClipFixes.of(context.object), clip_frame(self, context)
        if frame not in fixes.keyframes:
            self.report({"WARNING"}, "This frame has no tracking keyframe")
            return {"CANCELLED"}
        return self.correct(context, fixes.without([frame]))


class PRNET_OT_clear_fixes(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.clear_fixes"
    bl_label = "Clear Tracking Keyframes"
    bl_description = "Remove several tracking keyframes, and track the frames around them as at first"
    bl_options = {"UNDO"}

    side: EnumProperty(
        name="Which",
        items=[
            ("before", "Before", "Those before the present frame"),
            ("after", "After", "Those after the present frame"),
            ("between", "In Range", "Those in the scene's preview range, or in its whole range without one"),
            ("all", "All", "All of the clip"),
        ],
    )

    def execute(self, context):
        head, scene = context.object, context.scene
        fixes, time = ClipFixes.of(head), ClipTime.of(head)
        first, last = {
            "before": (-1e9, scene.frame_current - 1),
            "after": (scene.frame_current + 1, 1e9),
            "between": range_of(scene),
            "all": (-1e9, 1e9),
        }[self.side]
        inside = (time.time >= first) & (time.time <= last)
        frames = [frame for frame in fixes.keyframes if self.side == "all" or frame in time.frame[inside]]
        if not frames:
            self.report({"WARNING"}, "There is no tracking keyframe")
            return {"CANCELLED"}
        return self.correct(context, fixes.without(frames))


class PRNET_OT_jump_to_fix(bpy.types.Operator):
    bl_idname = "prnet.jump_to_fix"
    bl_label = "Jump to Tracking Keyframe"
    bl_description = "Go to the next tracking keyframe of the active head, or to the one before"

    step: IntProperty(name="Step", description="1: the next, -1: the one before", default=1, min=-1, max=1)

    @classmethod
    def poll(cls, context):
        return can_be_fixed(context.object)

    def execute(self, context):
        head, scene = context.object, context.scene
        times = ClipTime.of(head).shown(ClipFixes.of(head).keyframes)
        ahead = [time for time in times if (time - scene.frame_current) * self.step > 0.5]
        if not ahead:
            self.report({"INFO"}, "There is no tracking keyframe on that side")
            return {"CANCELLED"}
        scene.frame_set(round(min(ahead, key=lambda time: abs(time - scene.frame_current))))
        return {"FINISHED"}
