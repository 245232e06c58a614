# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports performances that the command line has tracked."""

from pathlib import Path

import bpy
from bpy.props import StringProperty

from ..data.bake import prepare_performance
from ..data.performance import Performance, PerformanceError
from ..data.sources import ClipFiles, Take, clip_of_file
from .bake import options_of
from .building import BakeBuilder
from .file_choice import FOR_SCRIPTS, ChoosesFiles


class PRNET_OT_import_performance(ChoosesFiles, bpy.types.Operator):
    bl_idname = "prnet.import_performance"
    bl_label = "Import Performance"
    bl_description = "Make heads of *.performance.npz files, which `python -m nets reconstruct --track` writes"
    bl_options = {"UNDO"}

    filter_glob: StringProperty(default="*.performance.npz", options=FOR_SCRIPTS)

    def execute(self, context):
        if not self.set_preset(context, "video"):
            return {"CANCELLED"}
        options, done = options_of(context.scene.prnet_bake), 0
        builder = BakeBuilder(options)
        for file in self.files:
            try:
                performance = Performance.load(Path(self.directory, file.name))
                take = Take(_clip_of(performance, self.directory), start=context.scene.frame_start)
                builder.build(prepare_performance(performance, options), take)
            except PerformanceError as error:
                self.report({"ERROR"}, str(error))
            else:
                done += 1
        return {"FINISHED"} if done else {"CANCELLED"}


def _clip_of(performance: Performance, folder: str) -> ClipFiles:
    """Return the clip where it was when it was tracked, or next to the performance; it may be on another machine."""
    path = Path(performance.clip)
    places = [place for place in (path, Path(folder, path.name)) if place.is_file()]
    return clip_of_file(places[0]) if places else ClipFiles((path,), False)
