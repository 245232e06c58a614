# SPDX-License-Identifier: GPL-3.0-or-later
"""The image that is open in the Image Editor becomes heads."""

import tempfile
from pathlib import Path

import bpy

from ..scene.photo import own_file, write_png
from .capture import CapturesPhotos


class PRNET_OT_capture_image_editor(CapturesPhotos, bpy.types.Operator):
    bl_idname = "prnet.capture_image_editor"
    bl_label = "Capture This Image"
    bl_description = "Make a textured head, with its camera, of every face in the open image"
    bl_options = {"UNDO"}

    _folder = None

    @classmethod
    def poll(cls, context):
        if context.edit_image is None:
            cls.poll_message_set("Open an image first")
            return False
        return super().poll(context)

    def execute(self, context):
        image = context.edit_image
        path = own_file(image)
        if path:
            return self.capture(context, [path])
        if not all(image.size):
            self.report({"ERROR"}, f"{image.name} has no pixels to read; save it to a file and open that")
            return {"CANCELLED"}
        self._folder = tempfile.TemporaryDirectory(prefix="prnet-")
        path = Path(self._folder.name, "image.png")
        write_png(image, path)
        return self.capture(context, [path], {str(path): image.name})

    def conclude(self, context, error):
        self._forget_file()
        return super().conclude(context, error)

    def abandon(self):
        super().abandon()
        self._forget_file()

    def _forget_file(self):
        if self._folder:
            self._folder.cleanup()
            self._folder = None
