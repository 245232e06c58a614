# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of a captured head in the sidebar of the 3D View."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..scene.camera import camera_of, focal_length
from ..scene.head_properties import FROM_PHOTOS, HeadProperties, kind_of
from .sidebar import SidebarPanel
from .widgets import draw_facts, settings_column

LENS_SOURCES = {"file": "from the photo's file", "given": "as it was set", "estimated": "estimated from the face"}


class HeadPanel(SidebarPanel):
    """Mixin: a panel that is shown while a captured head is active."""

    bl_space_type = "VIEW_3D"

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) in FROM_PHOTOS


class PRNET_PT_head(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head"
    bl_label = "Captured Head"

    def draw(self, _context):
        self.layout.operator("prnet.look_through", icon="CAMERA_DATA")


class PRNET_PT_head_overlays(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_overlays"
    bl_label = "Overlays"
    bl_order = 1
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
    bl_order = 2
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        head = HeadProperties.of(context.object)
        draw_facts(
            self.layout,
            {
                "Photo": bpy.path.basename(head.source),
                "Confidence": f"{head.confidence:.0%}",
                "Residual": f"{head.residual:.1f} px",
                "Lens": lens_in_words(context.object, head),
                "Network": head.model,
                "Engine": head.engine,
                "Expression": "\n".join(strongest(head.expressions or {})),
            },
        )


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
