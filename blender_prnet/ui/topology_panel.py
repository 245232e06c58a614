# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel for heads on the face model's mesh."""

import bpy

from ..installation import has_face_model
from .sidebar import CaptureSubPanel
from .widgets import settings_column


class PRNET_PT_topology(CaptureSubPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_topology"
    bl_label = "Animator's Topology"

    def draw(self, context):
        layout = self.layout
        settings_column(layout).prop(context.scene.prnet, "topology")
        layout.operator("prnet.put_on_model", icon="MESH_MONKEY")
        row = layout.row(align=True)
        if has_face_model():
            row.label(text="ICT face model installed", icon="CHECKMARK")
            row.operator("prnet.remove_face_model", text="", icon="TRASH")
        else:
            row.operator("prnet.download_face_model", text="Download", icon="IMPORT")
            row.operator("prnet.import_face_model", text="From Folder", icon="FILE_FOLDER")
