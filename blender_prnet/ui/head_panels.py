# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of a captured head in the sidebar of the 3D View."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..scene.camera import camera_of, focal_length, shown_camera
from ..scene.head_properties import FROM_PHOTOS, VIEW_WEIGHT, HeadKind, HeadProperties, kind_of
from ..scene.merged_head import textured_views_of, views_of
from ..scene.photo_plane import photo_plane_of
from .sidebar import SidebarPanel
from .widgets import ICON_LETTERS, SHOWN_ENTRIES, draw_facts, draw_wrapped, line_length, settings_column

NEXT = (  # what a new user may not know, and its icon
    ("Turn the view with the middle mouse button", "MOUSE_MMB"),
    ("Press F12 to render", "RENDER_STILL"),
)
NEXT_OF_KIND = {
    HeadKind.PHOTO: ("If the face does not fit the photo, pin landmarks in Correct", "PINNED"),
    HeadKind.MERGED: ("Choose a photo above to see its expression", "CAMERA_DATA"),
}
NEXT_WITH_KEYS = ("Move the face by its shape keys, in the Data tab of the Properties", "SHAPEKEY_DATA")

LENS_SOURCES = {"file": "from the photo's file", "given": "as it was set", "estimated": "estimated from the face"}


class HeadPanel(SidebarPanel):
    """Mixin: a panel that is shown while a captured head is active. kinds: of the heads that it is for."""

    bl_space_type = "VIEW_3D"
    kinds = FROM_PHOTOS

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) in cls.kinds


class PRNET_PT_head(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head"
    bl_label = "Captured Head"
    bl_order = 0
    kinds = tuple(HeadKind)

    def draw(self, context):
        layout, head = self.layout, context.object
        if views := views_of(head):
            draw_views(layout, context, views)
        else:
            layout.operator("prnet.look_through", icon="CAMERA_DATA")
        lights, shading = layout.row(align=True), context.space_data.shading
        for light, text in (("FLAT", "Flat"), ("STUDIO", "Studio")):
            chosen = shading.type == "SOLID" and shading.light == light
            lights.operator("prnet.light_views", text=text, depress=chosen).light = light
        renders = layout.column(align=True)
        if kind_of(head) in FROM_PHOTOS:
            camera = shown_camera(context.scene, head)
            behind = camera is not None and photo_plane_of(camera) is not None
            renders.operator("prnet.photo_behind", icon="IMAGE_DATA", depress=behind)
        if context.scene.view_settings.view_transform != "Standard":
            renders.operator("prnet.photo_colours", icon="COLOR")


def draw_views(layout, context, views) -> None:
    """Draw a button for each photo of a merged head. views: its cameras."""
    column = layout.column(align=True)
    for camera in views[:SHOWN_ENTRIES]:
        text = camera.name.removeprefix("Camera ")
        chosen = camera == context.scene.camera
        button = column.operator("prnet.look_through", text=text, icon="CAMERA_DATA", depress=chosen, translate=False)
        button.camera = camera.name
    if len(views) > SHOWN_ENTRIES:
        layout.label(text=iface_("… and {} more").format(len(views) - SHOWN_ENTRIES), translate=False)
    layout.operator("prnet.rest")


class PRNET_PT_head_texture(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_texture"
    bl_label = "Texture"
    bl_order = 1
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}
    kinds = (HeadKind.MERGED,)

    @classmethod
    def poll(cls, context):
        return super().poll(context) and bool(textured_views_of(context.object))

    def draw(self, context):
        column = self.layout.column(align=True)
        for camera in textured_views_of(context.object):
            text = camera.name.removeprefix("Camera ")
            column.prop(camera, f'["{VIEW_WEIGHT}"]', text=text, slider=True, translate=False)
        self.layout.operator("prnet.merge_texture", icon="TEXTURE")


class PRNET_PT_head_next(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_next"
    bl_label = "What Comes Next"
    bl_order = 0
    bl_parent_id = "PRNET_PT_head"

    def draw(self, context):
        column, length = self.layout.column(), line_length(context) - ICON_LETTERS
        steps = [*NEXT, NEXT_OF_KIND[kind_of(context.object)]]
        if context.object.data.shape_keys:
            steps.append(NEXT_WITH_KEYS)
        for text, icon in steps:
            draw_wrapped(column, iface_(text), length, icon)


class PRNET_PT_head_overlays(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_overlays"
    bl_label = "Overlays"
    bl_order = 2
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = settings_column(self.layout), context.scene.prnet_overlay
        column = layout.column()
        column.enabled = context.mode != "EDIT_MESH"
        column.prop(settings, "colours")
        column = layout.column(heading="Landmarks")
        column.prop(settings, "landmarks", text="Show")
        numbers = column.column()
        numbers.enabled = settings.landmarks
        numbers.prop(settings, "numbers")


class PRNET_PT_head_details(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_details"
    bl_label = "Details"
    bl_order = 3
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}
    kinds = tuple(HeadKind)

    def draw(self, context):
        head = HeadProperties.of(context.object)
        draw_facts(
            self.layout,
            facts_of_clip(head) if head.kind is HeadKind.PERFORMANCE else facts_of_photo(context.object, head),
        )


def facts_of_photo(thing: bpy.types.Object, head: HeadProperties) -> dict[str, str]:
    return {
        "Photo": bpy.path.basename(head.source),
        "Confidence": f"{head.confidence:.0%}",
        "Residual": f"{head.residual:.1f} px",
        "Lens": lens_in_words(thing, head),
        "Network": head.model,
        "Engine": head.engine,
        "Expression": "\n".join(strongest(head.expressions or {})),
    }


def facts_of_clip(head: HeadProperties) -> dict[str, str]:
    first, last = head.frames
    return {
        "Clip": bpy.path.basename(head.source),
        "Frames": f"{first} to {last}, {head.tracked:.0%} tracked",
        "Confidence": f"{head.confidence:.0%}",
        "Off by": f"{head.error_mm:.2f} mm at most",
    }


def lens_in_words(thing, head) -> str:
    """Say which lens the head's camera has, how far it is from the head, and where that is from."""
    camera = camera_of(thing)
    focal = focal_length(camera.data, head.image_size) if camera else None
    if focal is None:
        return iface_("orthographic") if camera else ""
    away = (camera.matrix_world.translation - thing.matrix_world.translation).length / (head.metre or 1.0)
    facts = f"{camera.data.lens:.0f} mm, {away:.2f} m"
    source = LENS_SOURCES.get(head.lens)
    return f"{facts}\n{iface_(source)}" if source else facts


def strongest(expressions, count=3) -> list[str]:
    """Return the largest expression weights in words."""
    weights = sorted(expressions.items(), key=lambda item: -item[1])[:count]
    return [f"{name} {weight:.0%}" for name, weight in weights]
