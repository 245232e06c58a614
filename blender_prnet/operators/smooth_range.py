# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of a range of a baked clip by strengths of its own. The clip is not tracked again."""

from dataclasses import replace

import bpy
from bpy.props import FloatProperty, IntProperty

from ..data.bake_record import BakeRecord
from ..scene.clip_fixes import ClipFixes
from ..scene.head_properties import read_property
from ..scene.timeline import range_of
from .refine import RefinesClip, shown_between

STRENGTHS = ("position", "depth", "rotation", "expression")


def _strength(name: str, description: str):
    return FloatProperty(name=name, description=description, default=0.5, min=0, max=1, subtype="FACTOR")


class PRNET_OT_smooth_range(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.smooth_range"
    bl_label = "Smooth Range"
    bl_description = (
        "Smooth frames of the active head's clip more or less than the rest of it; the clip is not tracked again. The "
        "strengths fade into those of the bake over four frames on either side"
    )
    bl_options = {"UNDO"}

    first: IntProperty(name="First", description="First frame of the range, in the scene")
    last: IntProperty(name="Last", description="Last frame of the range, in the scene")
    position: _strength("Position", "How much jitter is removed from where the head is in the picture")
    depth: _strength("Depth", "How much jitter is removed from how near the head is")
    rotation: _strength("Rotation", "How much jitter is removed from how the head turns")
    expression: _strength("Expression", "How much jitter is removed from what the face does")

    def invoke(self, context, _event):
        self.first, self.last = range_of(context.scene)
        baked = BakeRecord.from_json(read_property(context.object, "bake")).message["options"]["smoothing"]
        for name in STRENGTHS:
            setattr(self, name, baked[name] if isinstance(baked, dict) else baked)
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context):
        column = self.layout.column()
        column.use_property_split = True
        frames = column.column(align=True)
        for name in ("first", "last"):
            frames.prop(self, name)
        for name in STRENGTHS:
            column.prop(self, name)

    def execute(self, context):
        shown = shown_between(self, context.object, self.first, self.last)
        if shown is None:
            return {"CANCELLED"}
        strengths = {name: getattr(self, name) for name in STRENGTHS}
        frames = int(shown[1].min()), int(shown[1].max())
        return self.correct(context, ClipFixes.of(context.object).smoothed(*frames, strengths))


class PRNET_OT_clear_smoothing(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.clear_smoothing"
    bl_label = "Smooth as Baked"
    bl_description = "Smooth all of the clip as it was when it was baked"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.correct(context, replace(ClipFixes.of(context.object), smoothing=()))
