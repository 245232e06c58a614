# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel with the table of a character's key names, and its presets, which are Blender's own kind."""

import bpy
from bl_ui.utils import PresetPanel
from bpy.app.translations import pgettext_iface as iface_

from ..data.live import NAMES
from ..operators.key_names import PRNET_OT_add_key_names
from ..scene.key_names import has_keys, not_found
from ..settings import ACTIVE_KEY_NAME, KEY_NAMES
from .sidebar import ClosedPanel
from .widgets import draw_wrapped, line_length

SHOWN_ROWS = 10
SHOWN_MISSING = 8  # the table lists them all


class PRNET_PT_key_name_presets(PresetPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_key_name_presets"
    bl_label = "Presets"
    preset_subdir = PRNET_OT_add_key_names.preset_subdir
    preset_operator = "script.execute_preset"
    preset_add_operator = PRNET_OT_add_key_names.bl_idname


class PRNET_UL_key_names(bpy.types.UIList):
    bl_idname = "PRNET_UL_key_names"

    def draw_item(self, _context, layout, data, item, _icon, _active_data, _active_name):
        keys = data.shape_keys
        found = keys is not None and item.key in keys.key_blocks
        split = layout.split(factor=0.6)
        split.label(text=item.name, icon="CHECKMARK" if found else "ERROR", translate=False)
        if keys is not None:
            split.prop_search(item, "key", keys, "key_blocks", text="")


class PRNET_PT_key_names(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_key_names"
    bl_label = "Key Names"
    bl_parent_id = "PRNET_PT_performance"

    @classmethod
    def poll(cls, context):
        return has_keys(context.object)

    def draw_header_preset(self, _context):
        PRNET_PT_key_name_presets.draw_panel_header(self.layout)

    def draw(self, context):
        layout, thing = self.layout, context.object
        mesh, missing = thing.data, not_found(thing)
        text = iface_("{} of {} found").format(len(NAMES) - len(missing), len(NAMES))
        layout.label(text=text, icon="ERROR" if missing else "CHECKMARK", translate=False)
        if mesh.prnet_key_names:
            layout.template_list("PRNET_UL_key_names", "", mesh, KEY_NAMES, mesh, ACTIVE_KEY_NAME, rows=SHOWN_ROWS)
        elif missing:
            shown = [*missing[:SHOWN_MISSING], *["…"] * (len(missing) > SHOWN_MISSING)]
            draw_wrapped(layout, iface_("Not found: {}").format(", ".join(shown)), line_length(context))
        row = layout.row(align=True)
        row.operator("prnet.fill_key_names", icon="VIEWZOOM")
        row.operator("prnet.clear_key_names", icon="X")
