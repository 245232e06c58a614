# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares a baked head with its clip."""

from pathlib import Path

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, IntProperty, StringProperty

from ..data.bake_record import BakeRecord
from ..data.comparison import compared, strip_of
from ..data.png import encode_png
from ..jobs.compare import ClipPicturesJob
from ..scene.camera import camera_of, photo_of
from ..scene.clip_fixes import ClipTime
from ..scene.comparing import render_head, show_clip
from ..scene.head_properties import HeadKind, kind_of, read_property
from ..scene.timeline import range_of
from ..session import SESSION
from .file_choice import FOR_SCRIPTS
from .progress import BlenderScreen
from .refine import can_be_fixed
from .running import RunsJob


class PRNET_OT_show_clip(bpy.types.Operator):
    bl_idname = "prnet.show_clip"
    bl_label = "Show the Clip"
    bl_description = "How the 3D Views show the clip through the camera of the active head"
    bl_options = {"UNDO"}

    view: EnumProperty(
        name="View",
        items=[
            ("BEHIND", "Behind", "The clip behind the head"),
            ("BLEND", "Blend", "The clip half transparent before the head"),
            ("BESIDE", "Beside", "The clip beside the head"),
            ("WIPED", "Wiped", "The clip left of a line, and the head on it right of the line"),
        ],
    )

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) is not HeadKind.PERFORMANCE or photo_of(context.object) is None:
            cls.poll_message_set("Select a baked head that has a camera with its clip")
            return False
        return True

    def execute(self, context):
        show_clip(context.scene, camera_of(context.object), self.view)
        return {"FINISHED"}


class PRNET_OT_compare(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.compare"
    bl_label = "Compare"
    bl_description = (
        "Write a picture of some frames of the clip, evenly spread over the scene's preview range or its whole range, "
        "each with a render of the active head"
    )

    filepath: StringProperty(subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.png", options=FOR_SCRIPTS)
    arrangement: EnumProperty(
        name="Arrangement",
        items=[
            ("above", "Above", "The clip above the head"),
            ("beside", "Side by Side", "The clip left of the head"),
            ("wiped", "Wiped", "The clip left of a line, and the head on it right of the line"),
        ],
    )
    count: IntProperty(name="Frames", description="Number of frames", default=6, min=1, soft_max=24)
    height: IntProperty(name="Height", description="Of each picture, pixels", default=384, min=32, soft_max=1080)
    frames: StringProperty(
        name="Frames of the Clip",
        description="Their numbers, counted from 0, with commas between; empty: evenly spread",
    )

    @classmethod
    def poll(cls, context):
        if not can_be_fixed(context.object) or camera_of(context.object) is None:
            cls.poll_message_set("Select a head that was baked from a clip with this version")
            return False
        return super().poll(context)

    def invoke(self, context, _event):
        self.filepath = f"{context.object.name}.png"
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        head = context.object
        self._head, self._shown = head.name, self._frames_of(context.scene, ClipTime.of(head))
        if not self._shown:
            self.report({"ERROR"}, rpt_("{} shows no frame of its clip in the range").format(head.name))
            return {"CANCELLED"}
        source = BakeRecord.from_json(read_property(head, "bake")).take.clip.as_source()
        job = ClipPicturesJob(SESSION.request, source, list(self._shown), self.height, BlenderScreen(self))
        return self.run(context, job)

    def _frames_of(self, scene, time) -> dict[int, int]:
        """Return clip frame -> scene frame of what is to be shown."""
        if self.frames.strip():
            wanted = [int(number) for number in self.frames.split(",") if number.strip().isdecimal()]
            there = {int(frame): round(at) for frame, at in zip(time.frame, time.time, strict=True)}
            return {number: there[number] for number in wanted if number in there}
        first, last = range_of(scene)
        inside = np.flatnonzero((time.time >= first) & (time.time <= last))
        rows = inside[np.linspace(0, len(inside) - 1, min(self.count, len(inside))).round().astype(int)]
        return {int(time.frame[row]): round(time.time[row]) for row in rows}

    def finish(self, context, outcome):
        head = bpy.data.objects.get(self._head)
        if not outcome.succeeded or head is None:
            return super().finish(context, outcome)
        made = []
        for number, picture in sorted(self.job.pictures.items()):
            size = picture.shape[1], picture.shape[0]
            rendered = render_head(context.scene, camera_of(head), self._shown[number], size)
            made.append(compared(picture, rendered, self.arrangement, context.scene.prnet_overlay.wipe))
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), ".png"))
        try:
            path.write_bytes(encode_png(strip_of(made, self.arrangement)))
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be written: {}").format(path, error.strerror))
            return {"CANCELLED"}
        self.report({"INFO"}, rpt_("{} frames compared in {}").format(len(made), path))
        return {"FINISHED"}
