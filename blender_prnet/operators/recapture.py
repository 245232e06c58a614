# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures the photos of existing heads again, with the corrections that the user has made."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..jobs.capture import CaptureJob
from ..scene.camera import camera_of, heads_of, photo_of
from ..scene.corrections import Corrections
from ..scene.head_properties import HeadKind, HeadProperties, kind_of
from ..scene.lens import lens_of
from ..scene.model_head import topology_of
from ..session import SESSION
from .building import RecaptureBuilder
from .capture import capture_options
from .photo_files import PhotoError, PhotoFiles
from .progress import BlenderScreen
from .running import RunsJob


class RecapturesHeads(RunsJob):
    """Mixin: captures the photos of heads again, and gives the heads the result."""

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
        """Run the capture of these heads' photos, with the corrections. Call as the last thing of execute()."""
        files = PhotoFiles()
        try:
            entries = [_entry(context, head, corrections, files) for head, corrections in wanted.items()]
        except PhotoError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        screen = BlenderScreen(self)
        screen.clear_report()
        builder = RecaptureBuilder([(head.name, corrections) for head, corrections in wanted.items()])
        message = {"type": "correct", "faces": entries, "options": capture_options(context.scene.prnet)}
        return self.run(context, CaptureJob(SESSION.request, message, builder, screen, SESSION.threads), files)


def _entry(context, head, corrections, files):
    """Return the head's entry of a correct request. Raises PhotoError if its photo cannot be read."""
    image, properties = photo_of(head), HeadProperties.of(head)
    if image is None:
        text = rpt_("{} has no camera with its photo any more; capture the photo again")
        raise PhotoError(text.format(head.name))
    if image.source == "MOVIE":  # the head was captured from one frame of it
        path = bpy.path.abspath(image.filepath, library=image.library)
    else:
        path = str(files.path(image))
    return corrections.entry(path, properties.frame, _mesh_of(properties), lens_of(head, context.scene.prnet.lens))


def _mesh_of(properties):
    """Return the topology of the new capture: the head's own, but a folder's light head becomes the full one."""
    topology = topology_of(properties)
    return "head" if topology == "light" else topology


def _correctable(things):
    return [thing for thing in things if kind_of(thing) is HeadKind.PHOTO]


def _flipped(head):
    return Corrections.of(head).flipped(HeadProperties.of(head).image_size[0])


class PRNET_OT_capture_again(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.capture_again"
    bl_label = "Capture Again"
    bl_description = (
        "Capture the photos of the selected heads again, with the current settings. Boxes, landmarks and mirroring "
        "that you have set are kept. A folder's light heads become full ones, with shape keys"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        heads = _correctable(context.selected_objects) or [context.object]
        return self.recapture(context, {head: Corrections.of(head) for head in heads})


class PRNET_OT_mirror_photo(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.mirror_photo"
    bl_label = "Mirror Photo"
    bl_description = (
        "Treat the active head's photo as a mirror image, as selfies often are, or stop doing so: left and right "
        "are swapped in the head and in the photo behind it"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        camera = camera_of(context.object)
        heads = heads_of(camera) if camera else [context.object]
        return self.recapture(context, {head: _flipped(head) for head in heads})


class PRNET_OT_clear_corrections(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.clear_corrections"
    bl_label = "Clear Corrections"
    bl_description = "Remove the box, the landmarks and the mirroring of the active head, and capture it again"
    bl_options = {"UNDO"}

    def execute(self, context):
        head, camera = context.object, camera_of(context.object)
        own = Corrections.of(head)
        wanted = {head: own.forgotten(head)}
        for other in heads_of(camera) if camera and own.mirrored else ():  # they share the mirror
            wanted.setdefault(other, _flipped(other))
        return self.recapture(context, wanted)
