# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of a head that plays a clip, below that of the captured head."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..data.comparison import weak_ranges
from ..operators.refine import can_be_fixed
from ..operators.tools import FaceBox, PinLandmarks
from ..scene.clip_fixes import ClipFixes, ClipTime
from ..scene.gain import face_action, turning_action
from ..scene.head_properties import HeadKind
from .head_panels import HeadPanel
from .widgets import SHOWN_ENTRIES, draw_tool_button, settings_column


class PRNET_PT_head_gain(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_gain"
    bl_label = "Gain"
    bl_order = 2
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}
    kinds = (HeadKind.PERFORMANCE,)

    def draw(self, context):
        column = settings_column(self.layout).column(align=True)
        face, turning = face_action(context.object), turning_action(context.object)
        if face:
            for name in ("brows", "eyes", "jaw", "mouth", "cheeks"):
                column.prop(face.prnet_gain, name, slider=True)
        else:
            column.label(text="Only heads with ARKit keys have a gain of the face", icon="INFO")
        if turning:
            column.prop(turning.prnet_gain, "head", slider=True)


class PRNET_PT_head_fix(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_fix"
    bl_label = "Correct in Time"
    bl_order = 1
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return can_be_fixed(context.object)

    def draw(self, context):
        layout, head = self.layout, context.object
        fixes, frame = ClipFixes.of(head), ClipTime.of(head).at(context.scene.frame_current)
        if context.mode == "OBJECT":
            tools = layout.column(align=True)
            draw_tool_button(tools, context, PinLandmarks, "PINNED")
            draw_tool_button(tools, context, FaceBox, "SELECT_SET")
        row = layout.row(align=True)
        row.operator("prnet.jump_to_fix", text="", icon="PREV_KEYFRAME").step = -1
        fixed = frame in fixes.keyframes
        row.operator("prnet.fix_frame", icon="KEYFRAME_HLT" if fixed else "KEYFRAME")
        row.operator("prnet.remove_fix", text="", icon="X")
        row.operator("prnet.jump_to_fix", text="", icon="NEXT_KEYFRAME").step = 1
        layout.label(text=iface_("Tracking keyframes: {}").format(len(fixes.keyframes)), translate=False)
        row = layout.row(align=True)
        for side, text in (("before", "Before"), ("after", "After"), ("between", "In Range"), ("all", "All")):
            row.operator("prnet.clear_fixes", text=text).side = side
        hidden = layout.row(align=True)
        hidden.operator("prnet.ignore_here", icon="HIDE_ON")
        masks = hidden.row(align=True)
        masks.enabled = bool(bpy.data.masks)
        masks.operator_menu_enum("prnet.ignore_mask", "mask", text="", icon="MOD_MASK")
        hidden.operator("prnet.ignore_pictures", text="", icon="IMAGE_DATA")
        if fixes.ignored:
            hidden.operator("prnet.clear_ignored", text=str(len(fixes.ignored)), icon="X")
        smoothing = layout.row(align=True)
        smoothing.operator("prnet.smooth_range", icon="SMOOTHCURVE")
        if fixes.smoothing:
            smoothing.operator("prnet.clear_smoothing", text=str(len(fixes.smoothing)), icon="X")
        settings = context.scene.prnet_bake
        layout.prop(settings, "refine_at_once")
        layout.operator("prnet.refine", icon="FILE_REFRESH")


class PRNET_PT_head_compare(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_compare"
    bl_label = "Clip and Head"
    bl_order = 2
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}
    kinds = (HeadKind.PERFORMANCE,)

    def draw(self, context):
        layout, head = self.layout, context.object
        row = layout.row(align=True)
        for view, text in (("BEHIND", "Behind"), ("BLEND", "Blend"), ("BESIDE", "Beside"), ("WIPED", "Wiped")):
            row.operator("prnet.show_clip", text=text).view = view
        if context.scene.prnet_overlay.wiped:
            layout.prop(context.scene.prnet_overlay, "wipe", slider=True)
        layout.operator("prnet.compare", icon="IMAGE_DATA")
        if (time := ClipTime.of(head)) is not None:
            weak = weak_ranges(time.time, time.confidence)
            layout.label(text=iface_("Weak ranges: {}").format(len(weak)), translate=False)
            for first, last in weak[:SHOWN_ENTRIES]:
                text = iface_("Frames {:.0f} to {:.0f}").format(first, last)
                layout.label(text=text, icon="ERROR", translate=False)
