# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a captured head as its photo does."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import StringProperty

from ..scene.camera import frame_photo, photo_size, shown_camera
from ..scene.head_properties import HeadKind, kind_of
from ..scene.merged_head import show_view, views_of
from ..scene.viewing import heads_seen_by, look_through_camera
from .building import select_only
from .file_choice import FOR_SCRIPTS


class PRNET_OT_look_through(bpy.types.Operator):
    bl_idname = "prnet.look_through"
    bl_label = "Look Through Its Camera"
    bl_description = (
        "Make the active head's camera the scene's, the render as large as its photo, and look through it. A head of "
        "several photos takes on the expression of the photo"
    )
    bl_options = {"UNDO"}

    camera: StringProperty(
        name="Camera",
        description="Name of the camera, for a head of several photos; empty: the scene's, or the first",
        options=FOR_SCRIPTS,
    )

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is not None

    def execute(self, context):
        return {"FINISHED"} if look_through(self, context, context.object, self.camera) else {"CANCELLED"}


def look_through(operator, context, head, name: str = "") -> bool:
    """Turn scene and view to the head's photo. Returns False, with a report, if its camera is gone.

    name: of the camera, where there are several.
    """
    views = {camera.name: camera for camera in views_of(head)}
    camera = views.get(name) or shown_camera(context.scene, head)
    if camera is None:
        operator.report({"ERROR"}, rpt_("{} has no camera in its collection").format(head.name))
        return False
    if camera.name in views:
        show_view(head, camera)
    frame_photo(context.scene, camera, photo_size(camera, head))
    show_alone(context, head, camera)
    look_through_camera(context, head)
    return True


def show_alone(context, head, camera) -> None:
    """Put the 3D View into local view if the camera sees the heads of other photos, as in a folder's grid."""
    if bpy.app.background or context.mode != "OBJECT" or context.area is None or context.area.type != "VIEW_3D":
        return
    space = context.space_data
    if space.local_view:
        graph = context.evaluated_depsgraph_get()
        if all(thing.evaluated_get(graph).local_view_get(space) for thing in (head, camera)):
            return
        bpy.ops.view3d.localview(frame_selected=False)
    own = list(camera.users_collection[0].objects)
    if set(heads_seen_by(context.scene, camera)) - set(own):
        selected, active = context.selected_objects, context.object
        select_only(context, *own, active=active)
        bpy.ops.view3d.localview(frame_selected=False)
        select_only(context, *selected, active=active)


class PRNET_OT_rest(bpy.types.Operator):
    bl_idname = "prnet.rest"
    bl_label = "At Rest"
    bl_description = "Take the photos' expressions off the active head"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is HeadKind.MERGED

    def execute(self, context):
        show_view(context.object, None)
        return {"FINISHED"}
