# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel for heads on an animator's mesh."""

import bpy

from ..installation import has_face_model
from .sidebar import CaptureSubPanel
from .widgets import settings_column


class PRNET_PT_topology(CaptureSubPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_topology"
    bl_label = "Animator's Topology"

    def draw(self, context):
        layout = self.layout
        settings, options = context.scene.prnet, settings_column(layout)
        options.prop(settings, "topology")
        finish = options.column(heading="Skin")
        finish.prop(settings, "even_light")
        finish.prop(settings, "shading_detail")
        column = layout.column(align=True)
        whole = column.operator("prnet.put_on_model", text="Put on Whole Head", icon="USER")
        whole.topology = "head"
        if has_face_model():
            column.operator("prnet.put_on_model", text="Put on Face Model", icon="MESH_MONKEY").topology = "model"
        row = layout.row(align=True)
        if has_face_model():
            row.label(text="ICT face model installed", icon="CHECKMARK")
            row.operator("prnet.remove_face_model", text="", icon="TRASH")
        else:
            row.operator("prnet.download_face_model", text="Download", icon="IMPORT")
            row.operator("prnet.import_face_model", text="From Folder", icon="FILE_FOLDER")
