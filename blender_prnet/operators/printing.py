# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes solids of whole heads for 3D printing, and writes them as STL and 3MF."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..data.print_files import PRINT_FORMATS
from ..interface import surface_facts
from ..scene.model_head import is_whole_head
from ..scene.printing import PrintError, PrintOptions, make_printable, place_print, print_arrays
from .building import select_only
from .file_choice import FOR_SCRIPTS


class PRNET_OT_make_printable(bpy.types.Operator):
    bl_idname = "prnet.make_printable"
    bl_label = "Make Printable"
    bl_description = (
        "Make a solid of the active whole head, as its shape keys are now: one watertight surface, eyes and mouth "
        "closed, standing on its neck. The head itself stays as it is"
    )
    bl_options = {"REGISTER", "UNDO"}

    height: FloatProperty(
        name="Height (mm)", description="From the floor to the crown", default=100, min=10, soft_max=400, max=1000
    )
    detail: FloatProperty(
        name="Detail (mm)",
        description="Size of the smallest things that are kept. Half of it takes four times the triangles",
        default=0.4,
        min=0.1,
        max=5,
    )
    hollow: BoolProperty(name="Hollow", description="Leave a cavity inside, which saves material")
    wall: FloatProperty(name="Wall (mm)", description="Thickness of a hollow print's wall", default=2, min=0.5, max=20)
    drain: FloatProperty(
        name="Drain Hole (mm)",
        description="Diameter of the hole in the floor of a hollow print, for resin or powder; 0: none",
        default=5,
        min=0,
        max=50,
    )

    @classmethod
    def poll(cls, context):
        if not is_whole_head(context.object):
            cls.poll_message_set("Make a whole head the active object; a capture's grid has no back")
            return False
        return True

    def invoke(self, context, _event):
        return context.window_manager.invoke_props_dialog(self)

    def draw(self, _context):
        column = self.layout.column()
        column.use_property_split = True
        column.prop(self, "height")
        column.prop(self, "detail")
        column.prop(self, "hollow")
        walls = column.column()
        walls.enabled = self.hollow
        walls.prop(self, "wall")
        walls.prop(self, "drain")

    def execute(self, context):
        head = context.object
        options = PrintOptions(self.height, self.detail, self.wall if self.hollow else None, self.drain)
        windows = context.window_manager
        windows.progress_begin(0, 1)  # at the mouse pointer: nothing else is drawn meanwhile
        try:
            solid = make_printable(context.scene, head, options, windows.progress_update)
        except PrintError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        finally:
            windows.progress_end()
        place_print(context.scene, head, solid)
        select_only(context, solid, active=solid)
        volume = surface_facts(*print_arrays(context.scene, solid)).volume / 1000
        text = rpt_("{}: watertight, {:.0f} mm high, {:.0f} cm³ of material")
        self.report({"INFO"}, text.format(solid.name, self.height, volume))
        return {"FINISHED"}


class PRNET_OT_export_print(bpy.types.Operator):
    bl_idname = "prnet.export_print"
    bl_label = "Export Print"
    bl_description = "Write the active object for a slicer, as STL or 3MF, in millimetres"

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    format: EnumProperty(
        name="Format",
        description="The kind of file, if its name does not end in one of them",
        items=[(".stl", "STL", "Triangles alone: every slicer reads it"), (".3mf", "3MF", "Smaller, with its unit")],
    )
    filter_glob: StringProperty(default="*.stl;*.3mf", options=FOR_SCRIPTS)

    @classmethod
    def poll(cls, context):
        if context.object is None or context.object.type != "MESH":
            cls.poll_message_set("Make the print the active object")
            return False
        return True

    def invoke(self, context, _event):
        self.filepath = f"{context.object.name}{self.format}"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def check(self, _context):
        path = Path(self.filepath)
        known = path.suffix.lower() in PRINT_FORMATS
        self.filepath = str(path.with_suffix(self.format) if known else path) if path.name else self.filepath
        return True

    def execute(self, context):
        path, thing = Path(bpy.path.abspath(self.filepath)), context.object
        if path.suffix.lower() not in PRINT_FORMATS:
            path = path.with_name(path.name + self.format)
        points, triangles = print_arrays(context.scene, thing)
        try:
            path.write_bytes(PRINT_FORMATS[path.suffix.lower()](thing.name, points, triangles))
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be written: {}").format(path, error.strerror))
            return {"CANCELLED"}
        if not surface_facts(points, triangles).is_solid:
            text = rpt_("{} is written, but {} is not watertight. Press Make Printable first")
            self.report({"WARNING"}, text.format(path, thing.name))
            return {"FINISHED"}
        self.report({"INFO"}, rpt_("{} is written").format(path))
        return {"FINISHED"}
