# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel for a folder that the command line has written: a list of its photos, of which some are chosen."""

import bpy

from .sidebar import ClosedPanel
from .widgets import draw_wrapped, line_length, settings_column

SHOWN_ROWS = 8


class PRNET_UL_results(bpy.types.UIList):
    bl_idname = "PRNET_UL_results"

    def draw_item(self, _context, layout, _data, item, _icon, _active_data, _active_name):
        split = layout.split(factor=0.6)
        row = split.row()
        row.enabled = not item.error
        row.prop(item, "chosen", text="")
        row.label(text=item.name, translate=False)
        if item.error:
            split.label(text=item.error, icon="ERROR", translate=False)
        else:
            faces = "1 face" if item.faces == 1 else f"{item.faces} faces"
            split.label(text=f"{faces}, {item.confidence:.0%}", translate=False)


class PRNET_PT_results(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_results"
    bl_label = "Results of the Command Line"
    bl_order = 4

    def draw(self, context):
        layout, state = self.layout, context.window_manager.prnet_results
        settings_column(layout).prop(context.scene.prnet_results, "folder")
        if state.error:
            draw_wrapped(layout.box(), state.error, line_length(context))
        if not state.rows:
            return
        layout.template_list("PRNET_UL_results", "", state, "rows", state, "active", rows=SHOWN_ROWS)
        if state.active < len(state.rows) and state.rows[state.active].error:
            draw_wrapped(layout.box(), state.rows[state.active].error, line_length(context))
        row = layout.row(align=True)
        for action, text in (("ALL", "All"), ("NONE", "None")):
            row.operator("prnet.choose_results", text=text).action = action
        column = settings_column(layout)
        column.prop(context.scene.prnet_results, "shape_keys")
        for name in ("layout", "one_per"):
            column.prop(context.scene.prnet_folder, name)
        chosen = sum(row.chosen for row in state.rows)
        layout.operator("prnet.import_results", text=f"Import {chosen} of {len(state.rows)}", icon="IMPORT")
