# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracks the clip of a baked head again around the frames that the user has fixed."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_

from ..data.bake_record import BakeRecord, fingerprint_of
from ..data.sources import SourceError
from ..jobs.bake import BakeJob
from ..scene.clip_fixes import ClipFixes, ClipTime
from ..scene.head_properties import HeadKind, kind_of, read_property
from ..scene.strips import has_moved
from ..session import SESSION
from .building import RefitBuilder
from .progress import BlenderScreen
from .running import RunsJob


def can_be_fixed(thing: bpy.types.Object | None) -> bool:
    """Tell whether `thing` is a baked head that keeps how it was baked."""
    return kind_of(thing) is HeadKind.PERFORMANCE and read_property(thing, "bake") is not None


def clip_frame(operator, context) -> int | None:
    """Return the clip's frame that the active head shows now; None, with a report, where it shows none."""
    frame = ClipTime.of(context.object).at(context.scene.frame_current)
    if frame is None:
        text = rpt_("{} shows no frame of its clip at frame {}")
        operator.report({"ERROR"}, text.format(context.object.name, context.scene.frame_current))
    return frame


def shown_between(operator, head, first: float, last: float) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the scene frames first to last at which a head shows its clip, and the clip's frames shown then, (M,).

    None, with a report, where it shows none.
    """
    time = ClipTime.of(head)
    inside = (time.time >= first) & (time.time <= last)
    if not inside.any():
        operator.report({"ERROR"}, rpt_("{} shows no frame of its clip in the range").format(head.name))
        return None
    return time.time[inside], time.frame[inside]


class RefinesClip(RunsJob):
    """Mixin: corrects the clip of the active head."""

    @classmethod
    def poll(cls, context):
        if not can_be_fixed(context.object):
            cls.poll_message_set("Select a head that was baked from a clip with this version")
            return False
        if context.object.mode != "OBJECT":
            cls.poll_message_set("Leave Edit Mode first")
            return False
        return RunsJob.poll.__func__(cls, context)  # an operator may be for the heads of photos as well

    def correct(self, context, fixes: ClipFixes):
        """Keep the corrections, and refine the clip if the settings say so. Call as the last thing of execute()."""
        fixes.keep(context.object)
        return self.refine(context) if context.scene.prnet_bake.refine_at_once else {"FINISHED"}

    def refine(self, context):
        """Track the clip again with the corrections. Call as the last thing of execute()."""
        head = context.object
        record = BakeRecord.from_json(read_property(head, "bake"))
        try:
            self._check_clip(context, record)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        person, screen = read_property(head, "person"), BlenderScreen(self)
        screen.clear_report()
        message = {name: value for name, value in record.message.items() if not name.startswith("textures")}
        message["options"] = {**message["options"], "people": person, "preview": False}
        message["fixes"] = {str(person): ClipFixes.of(head).entry()}
        builder = RefitBuilder(head.name, record, screen)
        job = BakeJob(SESSION.request, [record.take], message, record.options, builder, screen, SESSION.threads)
        return self.run(context, job)

    def _check_clip(self, context, record):
        """Raise SourceError if the clip is not the one that was baked; warn of strips that were moved."""
        clip = record.take.clip
        found = fingerprint_of(clip)
        if not found:
            raise SourceError(
                f"{clip.paths[0]} is not there any more. Put the clip back. Your corrections are kept with the head"
            )
        if found != record.fingerprint:
            raise SourceError(
                f"{clip.name} is another file than the one that was baked. Put that one back, or bake this one. Your "
                "corrections are kept with the head"
            )
        if record.take.segments and has_moved(context, record.take):
            text = rpt_("The strip of {} was muted, moved or removed. The head keeps its times; bake it again")
            self.report({"WARNING"}, text.format(clip.name))


class PRNET_OT_refine(RefinesClip, bpy.types.Operator):
    bl_idname = "prnet.refine"
    bl_label = "Refine"
    bl_description = (
        "Track the active head's clip again from its tracking keyframes to both sides, and animate the head by it. "
        "What was refined before is not computed again. Keyframes of your own on the head's curves are replaced"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.refine(context)
