# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that are there already are captured anew, with what their users have put right."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..scene.camera import camera_of, heads_of, photo_of
from ..scene.corrections import Corrections
from ..scene.head_properties import HeadKind, HeadProperties, kind_of
from ..scene.recapture import RecaptureError, recapture
from .capture import CapturesPhotos
from .photo_files import PhotoError, PhotoFiles


class RecapturesHeads(CapturesPhotos):
    """Mixin: sends the photos of heads to the worker, with corrections, and gives the heads what comes back."""

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) is not HeadKind.PHOTO:
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
                properties = HeadProperties.of(head)
                topology = "model" if properties.topology else "grid"
                entries.append(corrections.entry(str(self._path(image)), properties.frame, topology))
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
            try:
                recapture(context.scene, head, face, corrections)
                self._tally.heads += 1
            except RecaptureError as error:
                self._tally.note(name, "failed", str(error))
        return name


def _correctable(things):
    return [thing for thing in things if kind_of(thing) is HeadKind.PHOTO]


def _flipped(head):
    return Corrections.of(head).flipped(HeadProperties.of(head).image_size[0])


class PRNET_OT_capture_again(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.capture_again"
    bl_label = "Capture Again"
    bl_description = (
        "Look at the photos of the selected heads again, with the settings as they are now. "
        "Boxes, landmarks and mirrors that you have set are kept"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        heads = _correctable(context.selected_objects) or [context.object]
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
        camera = camera_of(context.object)
        heads = heads_of(camera) if camera else [context.object]
        return self.recapture(context, {head: _flipped(head) for head in heads})


class PRNET_OT_clear_corrections(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.clear_corrections"
    bl_label = "Clear Corrections"
    bl_description = "Take back the box, the landmarks and the mirror of the active head, and capture it again"
    bl_options = {"UNDO"}

    def execute(self, context):
        head, camera = context.object, camera_of(context.object)
        own = Corrections.of(head)
        wanted = {head: own.forgotten(head)}
        for other in heads_of(camera) if camera and own.mirrored else ():  # they share the mirror
            wanted.setdefault(other, _flipped(other))
        return self.recapture(context, wanted)
