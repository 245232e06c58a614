# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person, or a clip in which the head turns, become one head."""

import bpy
from bpy.props import BoolProperty

from ..data.sources import SourceError, clip_message, frame_numbers, takes_of_files
from ..jobs.merge import MergeJob
from ..scene.strips import selected_strips, sequencer_scene, takes_of_strips
from ..session import SESSION
from .building import build_merged
from .capture import capture_options
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .progress import BlenderScreen
from .running import RunsJob


class MergesPictures(ChoosesFiles, RunsJob):
    """Mixin: makes one head of pictures with the settings of the scene."""

    def merge(self, context, paths=(), clips=()):
        """Run the job. paths: of photos; clips: see jobs.merge.MergeJob. Call as the last thing of execute()."""
        if not self.set_preset(context, "photo"):
            return {"CANCELLED"}
        screen = BlenderScreen(self)
        screen.clear_report()
        options = capture_options(context.scene.prnet)
        job = MergeJob(SESSION.request, list(paths), options, build_merged, screen, SESSION.threads, clips)
        return self.run(context, job)


class PRNET_OT_merge_photos(MergesPictures, bpy.types.Operator):
    bl_idname = "prnet.merge_photos"
    bl_label = "One Head from Photos"
    bl_description = (
        "Choose several photos of one person and make one head of them, more accurate than from a single photo, "
        "with a camera for every photo"
    )
    bl_options = {"UNDO"}

    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def execute(self, context):
        paths = [str(path) for path in self.chosen()]
        if len(paths) < 2:
            self.report({"ERROR"}, "Choose two photos of the person or more")
            return {"CANCELLED"}
        return self.merge(context, paths)


class PRNET_OT_merge_clip(MergesPictures, bpy.types.Operator):
    bl_idname = "prnet.merge_clip"
    bl_label = "One Head from a Clip"
    bl_description = (
        "Make one head of a clip in which a person turns the head, as one films oneself with a phone: of the selected "
        "strips of the sequencer, or else of a file. The frames that tell most are chosen, with a camera for each"
    )
    bl_options = {"UNDO"}

    filter_movie: BoolProperty(default=True, options=FOR_SCRIPTS)
    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def invoke(self, context, event):
        if selected_strips(sequencer_scene(context)):
            return self.execute(context)
        return super().invoke(context, event)

    def execute(self, context):
        try:
            files = self.chosen()
            takes = takes_of_files(files, 1) if files else takes_of_strips(sequencer_scene(context))
            chosen = frame_numbers(context.scene.prnet.clip_frames)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        if chosen and len(takes) > 1:
            self.report({"ERROR"}, "Frames of the Clip are set: choose one clip, or empty that setting")
            return {"CANCELLED"}
        return self.merge(context, clips=[clip_message(take, chosen) for take in takes])
