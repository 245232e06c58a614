# SPDX-License-Identifier: GPL-3.0-or-later
"""What hides the face of a baked clip and is to be ignored: a box, a mask of Blender's, or painted pictures."""

from dataclasses import replace

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, EnumProperty

from ..data.sources import SourceError, takes_of_files
from ..scene.clip_fixes import ClipFixes
from ..scene.masks import MaskError, outlines_over
from ..scene.timeline import range_of
from .face_box import BOX, DragsBox
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .refine import RefinesClip, shown_between


class IgnoresPart(RefinesClip):
    """Mixin: ignores what hides the face of the active head's clip in the scene's range."""

    def shown(self, context) -> tuple[np.ndarray, np.ndarray] | None:
        """Return scene frames and the clip's frames shown then (M,), in the range; None, with a report, for none."""
        return shown_between(self, context.object, *range_of(context.scene))


class PRNET_OT_ignore_here(DragsBox, IgnoresPart, bpy.types.Operator):
    bl_idname = "prnet.ignore_here"
    bl_label = "Ignore Here"
    bl_description = (
        "Draw a box round a hand, a microphone or what else hides the face: in the scene's preview range, or in its "
        "whole range without one, what lies under the box is not looked at, and follows from the frames around"
    )
    bl_options = {"UNDO"}

    box: BOX
    hint = "Drag a box round what hides the face   |   Esc: cancel"

    def present(self, _context):
        return None

    def faces(self, _context):
        return []

    def execute(self, context):
        box, shown = self.box_drawn(), self.shown(context)
        if box is None or shown is None:
            return {"CANCELLED"}
        entry = {"first": int(shown[1].min()), "last": int(shown[1].max()), "box": list(map(float, box))}
        return self.correct(context, ClipFixes.of(context.object).ignoring([entry]))


def _masks(_operator, _context):
    """Return the file's masks as items of a menu, which Blender needs to stay in memory."""
    _masks.items = [(mask.name, mask.name, "") for mask in bpy.data.masks]
    return _masks.items


class PRNET_OT_ignore_mask(IgnoresPart, bpy.types.Operator):
    bl_idname = "prnet.ignore_mask"
    bl_label = "Ignore a Mask"
    bl_description = (
        "Ignore what the closed outlines of a mask cover, frame by frame in the scene's preview range, or in its whole "
        "range without one. Draw and animate it over the clip in the Movie Clip Editor or the Image Editor. What it "
        "covered when it was chosen before is replaced"
    )
    bl_options = {"UNDO"}

    mask: EnumProperty(name="Mask", items=_masks)

    @classmethod
    def poll(cls, context):
        if not bpy.data.masks:
            cls.poll_message_set("There is no mask in this file. Draw one over the clip in the Movie Clip Editor")
            return False
        return super().poll(context)

    def execute(self, context):
        head, shown = context.object, self.shown(context)
        if shown is None:
            return {"CANCELLED"}
        try:
            entries = outlines_over(bpy.data.masks[self.mask], head, *shown)
        except MaskError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self.correct(context, ClipFixes.of(head).ignoring(entries, self.mask))


class PRNET_OT_ignore_pictures(ChoosesFiles, IgnoresPart, bpy.types.Operator):
    bl_idname = "prnet.ignore_pictures"
    bl_label = "Ignore Painted Pictures"
    bl_description = (
        "Choose pictures as large as the clip, in which white hides: the first is for the first frame of the scene's "
        "preview range, or of its whole range without one, the next for the next. One alone is for all of them"
    )
    bl_options = {"UNDO"}

    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def execute(self, context):
        shown = self.shown(context)
        if shown is None:
            return {"CANCELLED"}
        try:
            clips = [take.clip for take in takes_of_files(self.chosen(), 0)]
            if len(clips) > 1 or not clips[0].is_images:
                raise SourceError("A mask is one picture or the pictures of a sequence")
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        pictures = [str(path) for path in clips[0].paths]
        first, last = int(shown[1].min()), int(shown[1].max())
        if 1 < len(pictures) <= last - first:
            last = first + len(pictures) - 1
            text = rpt_("The pictures end with frame {} of the clip; what is after it is looked at")
            self.report({"WARNING"}, text.format(last))
        entry = {"first": first, "last": last, "pictures": pictures[: last - first + 1]}
        return self.correct(context, ClipFixes.of(context.object).ignoring([entry]))


class PRNET_OT_clear_ignored(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.clear_ignored"
    bl_label = "Ignore Nothing"
    bl_description = "Look at all of the clip again that is ignored now"
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.correct(context, replace(ClipFixes.of(context.object), ignored=()))
