# SPDX-License-Identifier: GPL-3.0-or-later
"""The bake's panels in the sidebars of the 3D View and the Sequencer."""

import bpy

from ..data.shapes import megabytes
from ..scene.blendshapes import takes_blendshapes
from ..scene.identity import can_play
from ..session import SESSION
from ..settings.bake import VERTICES
from .preset_menu import draw_presets
from .sidebar import ClosedPanel, SidebarPanel
from .translations import OWN
from .widgets import draw_lens, draw_progress, draw_report, line_length

PREVIEW_SCALE = 9.0  # relative to an icon


class BakePanel(SidebarPanel):
    """Mixin: draws the buttons, then pace and preview; with_report: what the capture panel has elsewhere, too."""

    bl_label = "Performance"
    bl_translation_context = OWN

    def draw(self, context):
        layout, state, settings = self.layout, context.window_manager.prnet, context.scene.prnet_bake
        buttons = layout.column(align=True)
        first = buttons.row(align=True)
        first.scale_y = 1.6
        first.operator("prnet.bake", icon="REC")
        buttons.operator("prnet.bake_file", icon="FILE_MOVIE")
        if self.with_report:
            buttons.operator("prnet.merge_clip", icon="COMMUNITY")
        draw_presets(layout, "video", settings)
        if not can_play(settings.use_head):
            layout.prop(settings, "texture")
        for line in cost(settings):
            layout.label(text=line, icon="INFO")
        if state.running:
            if self.with_report:
                draw_progress(layout, state)
            if context.window_manager.prnet_bake.pace:
                layout.label(text=context.window_manager.prnet_bake.pace)
            if SESSION.preview.icon:
                layout.template_icon(SESSION.preview.icon, scale=PREVIEW_SCALE)
            return
        draw_offer(layout, context.window_manager.prnet_bake)
        if self.with_report:
            draw_report(layout, state.report, line_length(context))


def draw_offer(layout, state):
    """Offer to continue or to build a bake that was stopped. state: WindowManager.prnet_bake."""
    if state.offer:
        box = layout.box()
        box.label(text=state.offer)
        buttons = box.column(align=True)
        buttons.operator("prnet.resume_bake", icon="PLAY")
        buttons.operator("prnet.build_tracked", icon="CHECKMARK")


def cost(settings) -> list[str]:
    """Say in words how much memory or disk space the result takes. settings: Scene.prnet_bake."""
    vertices = VERTICES["head" if settings.result == "head" else settings.density]
    if settings.result == "frames":
        limit = settings.frame_limit
        return [
            f"{megabytes(1, vertices):.1f} MB of memory per frame",
            f"At most {limit} frames: {megabytes(limit, vertices):,.0f} MB",
        ]
    if settings.result == "cache":
        return [f"{megabytes(1, vertices):.1f} MB of disk per frame"]
    keys = settings.keys if settings.result == "compact" else 52
    return [f"{keys} shape keys: about {megabytes(keys, vertices):.0f} MB"]


class PRNET_PT_bake(BakePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_bake"
    bl_space_type = "VIEW_3D"
    bl_order = 2
    with_report = False  # the panel for photos above has it


class PRNET_PT_bake_sequencer(BakePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_bake_sequencer"
    bl_space_type = "SEQUENCE_EDITOR"
    with_report = True


class PRNET_PT_bake_settings(SidebarPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_bake_settings"
    bl_label = "Bake Settings"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "PRNET_PT_bake"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, context.scene.prnet_bake
        layout.use_property_split = True
        layout.prop(settings, "use_head")
        result = layout.column()
        result.enabled = settings.use_head is None
        result.prop(settings, "result")
        if settings.result == "compact":
            layout.prop(settings, "keys")
        if settings.result == "frames":
            layout.prop(settings, "frame_limit")
        layout.prop(settings, "people")
        if settings.people == "one":
            layout.prop(settings, "person")
        layout.prop(settings, "smoothing", text="Expression" if settings.smooth_apart else None)
        layout.prop(settings, "smooth_apart")
        for name in ("smooth_position", "smooth_depth", "smooth_rotation") if settings.smooth_apart else ():
            layout.prop(settings, name)
        for name in ("gaps", "moves", "density", "texture_size"):
            layout.prop(settings, name)
        draw_lens(layout, settings.lens)
        for name in ("frame_clip", "model", "cache_folder"):
            layout.prop(settings, name)
        layout.operator("prnet.clear_cache", icon="TRASH")


class PRNET_PT_performance(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_performance"
    bl_label = "Performance Data"
    bl_order = 3

    def draw(self, context):
        layout, thing = self.layout, context.object
        layout.operator("prnet.import_performance", icon="IMPORT")
        layout.operator("prnet.thin_keys", icon="KEYFRAME")
        rigs = layout.column(align=True)
        rigs.operator("prnet.drive_bones", icon="BONE_DATA")
        rigs.operator("prnet.add_empties", icon="EMPTY_AXIS")
        if thing is not None and takes_blendshapes(thing):
            column = layout.column(align=True)
            column.operator("prnet.apply_blendshapes", icon="ARMATURE_DATA")
            column.operator("prnet.load_live_link", icon="IMPORT")
            column.operator("prnet.save_live_link", icon="EXPORT")
