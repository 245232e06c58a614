# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that is open in the Image Editor becomes heads."""

import bpy

from .capture import CapturesPhotos
from .photo_files import PhotoError, PhotoFiles


class CapturesImages(CapturesPhotos):
    """Mixin: captures the open image, which may be packed, painted or generated."""

    @classmethod
    def poll(cls, context):
        if getattr(context, "edit_image", None) is None:
            cls.poll_message_set("Open an image in the Image Editor first")
            return False
        return super().poll(context)

    def capture_image(self, context, image, boxes=None):
        """Run the capture of the image. boxes: those of its faces, if none are to be looked for."""
        files = PhotoFiles()
        try:
            path = files.path(image)
        except PhotoError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.capture(context, [path], files, {str(path): boxes} if boxes else None)


class PRNET_OT_capture_image_editor(CapturesImages, bpy.types.Operator):
    bl_idname = "prnet.capture_image_editor"
    bl_label = "Capture This Image"
    bl_description = "Make a textured head, with its camera, of every face in the open image"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.capture_image(context, context.edit_image)
