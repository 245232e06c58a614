# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens a file that a panel lists in the system's program for it."""

import os

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty


class PRNET_OT_open_file(bpy.types.Operator):
    bl_idname = "prnet.open_file"
    bl_label = "Open File"
    bl_description = "Open the file, or the folder that it is in, in the program that the system has for it"
    bl_options = {"INTERNAL"}

    path: StringProperty(subtype="FILE_PATH")
    folder: BoolProperty()

    @classmethod
    def description(cls, _context, properties):
        return "Open its folder" if properties.folder else "Open the file"

    def execute(self, _context):
        path = os.path.dirname(self.path) if self.folder else self.path
        if not os.path.exists(path):
            self.report({"ERROR"}, rpt_("{} no longer exists").format(path))
            return {"CANCELLED"}
        return bpy.ops.wm.path_open(filepath=path)
