# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel for a folder that the command line has written: a list of its photos, of which some are chosen."""

from pathlib import Path

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..data.results import PhotoResult, ResultsError, read_results
from ..interface import printable
from .capture_panels import CaptureSubPanel, characters, draw_text

SHOWN_ROWS = 8


def list_results(state, folder: Path, results: list[PhotoResult]) -> None:
    """Put the results into the list; those that can be imported are chosen."""
    state.rows.clear()
    state.listed, state.error = printable(str(folder)), ""
    for result in results:
        row = state.rows.add()
        row.name, row.error = printable(Path(result.path).name), printable(result.error)
        row.faces, row.confidence = len(result.files), result.confidence
        row.chosen = bool(result.files)


def _list_folder(settings, context):
    state, folder = context.window_manager.prnet_results, Path(bpy.path.abspath(settings.folder)).absolute()
    try:
        list_results(state, folder, read_results(folder))
    except ResultsError as error:
        state.rows.clear()
        state.listed, state.error = "", printable(str(error))


class ResultsSettings(bpy.types.PropertyGroup):
    """Scene.prnet_results"""

    folder: StringProperty(
        name="Results",
        description="A folder that `python -m nets reconstruct` has written: report.json and .npz files",
        subtype="DIR_PATH",
        update=_list_folder,
    )


class ResultRow(bpy.types.PropertyGroup):
    """One photo. `name`: its file's."""

    chosen: BoolProperty(name="Import", description="Make heads of this photo's faces")
    faces: IntProperty()
    confidence: FloatProperty()
    error: StringProperty()


class ResultsState(bpy.types.PropertyGroup):
    """WindowManager.prnet_results"""

    rows: CollectionProperty(type=ResultRow, options={"SKIP_SAVE"})
    active: IntProperty(options={"SKIP_SAVE"})
    listed: StringProperty(options={"SKIP_SAVE"})  # the folder that the rows are of
    error: StringProperty(options={"SKIP_SAVE"})


class PRNET_OT_choose_results(bpy.types.Operator):
    bl_idname = "prnet.choose_results"
    bl_label = "Choose Results"
    bl_description = "Choose all photos that have a face, or none"
    bl_options = {"INTERNAL"}

    action: EnumProperty(items=[("ALL", "All", ""), ("NONE", "None", "")])

    def execute(self, context):
        for row in context.window_manager.prnet_results.rows:
            row.chosen = self.action == "ALL" and not row.error
        return {"FINISHED"}


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


class PRNET_PT_results(CaptureSubPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_results"
    bl_label = "Results of the Command Line"

    def draw(self, context):
        layout, state = self.layout, context.window_manager.prnet_results
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(context.scene.prnet_results, "folder")
        if state.error:
            draw_text(layout.box(), state.error, characters(context))
        if not state.rows:
            return
        layout.template_list("PRNET_UL_results", "", state, "rows", state, "active", rows=SHOWN_ROWS)
        if state.active < len(state.rows) and state.rows[state.active].error:
            draw_text(layout.box(), state.rows[state.active].error, characters(context))
        row = layout.row(align=True)
        for action, text in (("ALL", "All"), ("NONE", "None")):
            row.operator("prnet.choose_results", text=text).action = action
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        for name in ("layout", "one_per"):
            column.prop(context.scene.prnet_folder, name)
        chosen = sum(row.chosen for row in state.rows)
        layout.operator("prnet.import_results", text=f"Import {chosen} of {len(state.rows)}", icon="IMPORT")


CLASSES = (
    ResultsSettings,
    ResultRow,
    ResultsState,
    PRNET_OT_choose_results,
    PRNET_UL_results,
    PRNET_PT_results,
)


def register():
    bpy.types.Scene.prnet_results = PointerProperty(type=ResultsSettings)
    bpy.types.WindowManager.prnet_results = PointerProperty(type=ResultsState)


def unregister():
    del bpy.types.Scene.prnet_results
    del bpy.types.WindowManager.prnet_results
