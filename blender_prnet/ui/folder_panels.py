# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel for importing a folder of photos: its settings, the expected cost, and the files that failed."""

import bpy

from ..data.folder_files import FolderError
from ..operators.folder import photo_query
from ..operators.progress import redraw
from ..scene.folder_import import unfinished_import
from ..session import SESSION
from ..settings.bake import VERTICES
from .sidebar import CaptureSubPanel
from .widgets import draw_wrapped, line_length, settings_column

ASK_AGAIN_SECONDS = 0.2
# Measured bytes. Per texel of a texture: as a packed file, and on the screen. Per vertex of a mesh: in memory, where
# heads share their topology, and in a file or an undo step, where they do not. Per head on the face model's mesh: both.
PACKED_TEXEL, SHOWN_TEXEL = 0.9, 4
VERTEX, SAVED_VERTEX = 28, 120
MODEL_MESH = 20e6


class PRNET_UL_failed(bpy.types.UIList):
    bl_idname = "PRNET_UL_failed"

    def draw_item(self, _context, layout, _data, item, _icon, _active_data, _active_name):
        split = layout.split(factor=0.45)
        split.label(text=item.name, icon="ERROR", translate=False)
        split.label(text=item.reason, translate=False)


class PRNET_PT_folder(CaptureSubPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_folder"
    bl_label = "Folder of Photos"

    def draw(self, context):
        layout, settings = self.layout, context.scene.prnet_folder
        state = context.window_manager.prnet_folder
        column = settings_column(layout)
        column.prop(settings, "folder")
        column.prop(settings, "pattern")
        column.prop(settings, "subfolders")
        column.prop(context.scene.prnet, "faces")
        column.prop(context.scene.prnet, "texture_size")
        column.prop(settings, "layout")
        column.prop(settings, "one_per")
        if settings.folder:
            draw_cost(layout, context)
        buttons = layout.column(align=True)
        buttons.operator("prnet.import_folder", icon="FILE_FOLDER")
        unfinished = unfinished_import(context.scene)
        if unfinished and not context.window_manager.prnet.running:
            buttons.operator("prnet.resume_folder", icon="PLAY", text=f"Resume {unfinished.name}", translate=False)
        if state.failed:
            draw_failed(layout, state, line_length(context))


def draw_cost(layout, context) -> None:
    """Draw how many photos there are and how much memory their heads take."""
    found = SESSION.folder_scan.ask(photo_query(context.scene.prnet_folder))
    box = layout.box().column(align=True)
    if found is None:
        box.label(text="Reading the folder")
        if not bpy.app.timers.is_registered(_draw_again):
            # Persistent, because opening a file leaves others marked as removed, where unregister() cannot free them.
            bpy.app.timers.register(_draw_again, first_interval=ASK_AGAIN_SECONDS, persistent=True)
    elif isinstance(found, FolderError):
        draw_wrapped(box, str(found), line_length(context))
    else:
        photos = len(found.photos)
        memory, file, shown = needed_bytes(photos, context.scene.prnet)
        each = "one face each" if context.scene.prnet.faces == "largest" else "if one face each"
        box.label(text=f"{photos} photos, {each}:")
        box.label(text=f"{_size(memory)} in memory, with the undo step")
        box.label(text=f"{_size(file)} in the file")
        box.label(text=f"{_size(shown)} more where textures are shown")


def needed_bytes(heads: int, capture) -> tuple[float, float, float]:
    """Return the bytes that the heads take: in memory with the undo step, in the file, and more if textures are shown.

    capture: Scene.prnet.
    """
    texels, vertices = (
        heads * int(capture.texture_size) ** 2,
        heads * VERTICES["light head" if capture.topology == "head" else capture.density],
    )
    on_model = capture.topology == "model"
    memory = texels * PACKED_TEXEL + (heads * MODEL_MESH if on_model else vertices * VERTEX)
    file = texels * PACKED_TEXEL + (heads * MODEL_MESH if on_model else vertices * SAVED_VERTEX)
    return memory + file, file, texels * SHOWN_TEXEL


def draw_failed(layout, state, length: int) -> None:
    """Draw the list of files that gave no head. state: WindowManager.prnet_folder."""
    layout.label(text=f"Files that gave no head: {len(state.failed)}")
    layout.template_list("PRNET_UL_failed", "", state, "failed", state, "chosen", rows=4)
    if state.chosen < len(state.failed):
        line = state.failed[state.chosen]
        box = layout.box().column(align=True)
        draw_wrapped(box, f"{line.name}: {line.reason}", length)
        row = box.row(align=True)
        for text, icon, folder in (("Open File", "FILE_IMAGE", False), ("Open Its Folder", "FILE_FOLDER", True)):
            button = row.operator("prnet.open_file", text=text, icon=icon)
            button.path, button.folder = line.path, folder


def _size(count):
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def _draw_again():
    redraw(bpy.context)


def unregister():
    if bpy.app.timers.is_registered(_draw_again):
        bpy.app.timers.unregister(_draw_again)
