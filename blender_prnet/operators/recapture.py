# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that are there already are captured anew, with what their users have put right."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..scene.corrections import Corrections
from ..scene.model_head import TOPOLOGY
from ..scene.recapture import camera_of_head, heads_of, is_captured, photo_of, recapture
from .capture import CapturesPhotos
from .photo_files import PhotoError, PhotoFiles


class RecapturesHeads(CapturesPhotos):
    """Mixin: sends the photos of heads to the worker, with corrections, and gives the heads what comes back."""

    @classmethod
    def poll(cls, context):
        if not is_captured(context.object):
            cls.poll_message_set("Select a head that was captured from a photo")
            return False
        if context.object.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return super().poll(context)

    def recapture(self, context, wanted: dict[bpy.types.Object, Corrections]):
        """Start. Call as the last thing of execute()."""
        self._files = PhotoFiles()
        self._wanted = [(head.name, corrections) for head, corrections in wanted.items()]  # an undo moves the heads
        entries = []
        for head, corrections in wanted.items():
            image = photo_of(head)
            if image is None:
                text = rpt_("{} has no camera with its photo any more; capture the photo again")
                self.report({"ERROR"}, text.format(head.name))
                return {"CANCELLED"}
            try:
                topology = "model" if TOPOLOGY in head else "grid"
                entries.append(corrections.entry(str(self._path(image)), head["prnet_frame"], topology))
            except PhotoError as error:
                self.report({"ERROR"}, str(error))
                return {"CANCELLED"}
        return self.ask(context, type="correct", faces=entries)

    def _path(self, image):
        if image.source == "MOVIE":  # of which the head was one frame
            return bpy.path.abspath(image.filepath, library=image.library)
        return self._files.path(image)

    def build(self, context, face):
        name, corrections = self._wanted[face.index]
        head = bpy.data.objects.get(name)
        if head:  # the user may have deleted it meanwhile
            recapture(context.scene, head, face, corrections)
            self._tally.heads += 1
        return name


class PRNET_OT_capture_again(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.capture_again"
    bl_label = "Capture Again"
    bl_description = (
        "Look at the photos of the selected heads again, with the settings as they are now. "
        "Boxes, landmarks and mirrors that you have set are kept"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        heads = [thing for thing in context.selected_objects if is_captured(thing)] or [context.object]
        return self.recapture(context, {head: Corrections.of(head) for head in heads})


class PRNET_OT_mirror_photo(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.mirror_photo"
    bl_label = "Mirror Photo"
    bl_description = (
        "Take the active head's photo for a mirror image, as selfies are, or no longer for one: "
        "left and right change places in the photo behind the head and in the head"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        camera = camera_of_head(context.object)
        heads = heads_of(camera) if camera else [context.object]
        return self.recapture(
            context, {head: Corrections.of(head).flipped(head["prnet_image_size"][0]) for head in heads}
        )


class PRNET_OT_clear_corrections(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.clear_corrections"
    bl_label = "Clear Corrections"
    bl_description = "Take back the box, the landmarks and the mirror of the active head, and capture it again"
    bl_options = {"UNDO"}

    def execute(self, context):
        head, camera = context.object, camera_of_head(context.object)
        own = Corrections.of(head)
        wanted = {head: own.forgotten(head)}
        for other in heads_of(camera) if camera and own.mirrored else ():  # they share the mirror
            wanted.setdefault(other, Corrections.of(other).flipped(other["prnet_image_size"][0]))
        return self.recapture(context, wanted)
