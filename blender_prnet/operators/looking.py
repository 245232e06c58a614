# SPDX-License-Identifier: GPL-3.0-or-later
"""How captured heads look: in the 3D Views, and in renders."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty

from ..scene.camera import photo_of, photo_size, shown_camera
from ..scene.head_properties import FROM_PHOTOS, kind_of
from ..scene.layout import units_per_metre
from ..scene.overlay_colours import light_views
from ..scene.photo_plane import add_photo_plane, photo_plane_of, remove_photo_plane


class PRNET_OT_light_views(bpy.types.Operator):
    bl_idname = "prnet.light_views"
    bl_label = "Light of the 3D Views"
    bl_description = "How the 3D Views light surfaces in Solid shading"
    bl_options = {"INTERNAL"}

    light: EnumProperty(
        items=[
            ("FLAT", "Flat", "The photo's texture without any other light: how the head looks"),
            ("STUDIO", "Studio", "Grey under studio light, without the texture: to judge the shape"),
        ]
    )

    @classmethod
    def description(cls, _context, properties):
        return cls.bl_rna.properties["light"].enum_items[properties.light].description

    def execute(self, context):
        light_views(context.scene, self.light)
        return {"FINISHED"}


class PRNET_OT_photo_behind(bpy.types.Operator):
    bl_idname = "prnet.photo_behind"
    bl_label = "Photo Behind the Head"
    bl_description = "Render the active head's photo behind it, on a plane that only renders show; or no longer"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) not in FROM_PHOTOS or photo_of(context.object) is None:
            cls.poll_message_set("Select a head that has a camera with its photo")
            return False
        return True

    def execute(self, context):
        head = context.object
        camera = shown_camera(context.scene, head)
        plane = photo_plane_of(camera)
        if plane:
            remove_photo_plane(plane)
            return {"FINISHED"}
        heads = [thing for thing in camera.users_collection[0].objects if kind_of(thing)]
        add_photo_plane(camera, heads, photo_size(camera, head), units_per_metre(context.scene))
        return {"FINISHED"}


class PRNET_OT_photo_colours(bpy.types.Operator):
    bl_idname = "prnet.photo_colours"
    bl_label = "Render the Photo's Colours"
    bl_description = (
        "Set the scene's view transform to Standard, with which renders have the colours of photos. Blender's own "
        "choice, AgX, makes them paler"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        view = context.scene.view_settings
        view.view_transform, view.look, view.exposure, view.gamma = "Standard", "None", 0.0, 1.0
        self.report({"INFO"}, rpt_("View transform: Standard"))
        return {"FINISHED"}
