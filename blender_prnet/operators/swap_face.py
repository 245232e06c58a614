# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of another head on the active head's photo or clip."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..installation import cache_folder
from ..jobs.pictures import PictureRequest
from ..scene.camera import camera_of, photo_size, shown_camera
from ..scene.clip_frame import clip_paths
from ..scene.corrections import Corrections
from ..scene.head_properties import HeadKind, HeadProperties, kind_of
from ..scene.lens import lens_of_camera
from ..scene.pictures import load_pictures, picture_file
from .passes import MakesPictures
from .photo_files import PhotoError, PhotoFiles
from .render_over import photo_source


class PRNET_OT_swap_face(MakesPictures, bpy.types.Operator):
    bl_idname = "prnet.swap_face"
    bl_label = "Swap Face"
    bl_description = (
        "Choose a folder, and write the active head's photo, or every frame of its clip, with the face of the other "
        "head: in the shape, expression and light of the active one, behind its hair and hands"
    )
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) not in (HeadKind.PHOTO, HeadKind.PERFORMANCE):
            cls.poll_message_set("Make the head of a photo or of a clip the active object")
            return False
        return super().poll(context)

    def execute(self, context):
        head, other, files = context.object, context.scene.prnet_parts.face, PhotoFiles()
        if other is None or other == head or kind_of(other) is not HeadKind.PHOTO:
            self.report({"ERROR"}, "Choose the head of another photo in Face Of")
            return {"CANCELLED"}
        clip = kind_of(head) is HeadKind.PERFORMANCE and clip_paths(shown_camera(context.scene, head))
        if clip == []:
            self.report({"ERROR"}, rpt_("The clip of {} is gone").format(head.name))
            return {"CANCELLED"}
        try:
            source = _entry(other, files)
            target = _entry(head, files) if kind_of(head) is HeadKind.PHOTO else None
        except PhotoError as error:
            files.forget()
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}

        def request(head, _camera, folder, _frame):
            properties = HeadProperties.of(head)
            message = {
                "type": "swap",
                "source": source,
                "target": target or _clip(context.scene, clip, properties),
                "out": picture_file(folder, head.name, "swapped", ".png", None),
                "options": {"model": properties.model} if properties.model else {},
            }
            return PictureRequest(head.name, message, {})

        return self.make_pictures(context, request, load_pictures, files, frames=[None])


def _entry(head, files):
    """Return what the worker needs to capture the head of a photo again. Raises PhotoError."""
    path, frame = photo_source(head, files)
    camera = camera_of(head)
    return Corrections.of(head).entry(path, frame, "grid", lens_of_camera(camera, photo_size(camera, head)))


def _clip(scene, paths, properties):
    return {"paths": paths, "person": properties.person, "cache": str(cache_folder(scene.prnet_bake))}
