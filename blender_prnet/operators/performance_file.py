# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports performances that the command line has tracked."""

from pathlib import Path

import bpy
from bpy.props import StringProperty

from ..data.bake import PreparedPerformance
from ..data.performance import Performance
from ..data.sources import ClipFiles, Take, clip_of_file
from ..jobs.performance_files import PerformanceFilesJob
from ..session import SESSION
from .bake import options_of
from .building import BakeBuilder
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_import_performance(ChoosesFiles, RunsJob, bpy.types.Operator):
    bl_idname = "prnet.import_performance"
    bl_label = "Import Performance"
    bl_description = "Make heads of *.performance.npz files, which `python -m nets reconstruct --track` writes"
    bl_options = {"UNDO"}

    filter_glob: StringProperty(default="*.performance.npz", options=FOR_SCRIPTS)

    def execute(self, context):
        if not self.set_preset(context, "video"):
            return {"CANCELLED"}
        settings, screen = context.scene.prnet_bake, BlenderScreen(self)
        screen.clear_report()
        options, folder = options_of(settings), self.directory
        builder = BakeBuilder(options)

        def build(prepared: PreparedPerformance) -> None:
            start = bpy.context.scene.frame_start
            builder.build(prepared, Take(_clip_of(prepared.performance, folder), start=start))

        files = [Path(folder, file.name) for file in self.files]
        job = PerformanceFilesJob(SESSION.request, files, settings.model, options, build, screen, SESSION.threads)
        return self.run(context, job)


def _clip_of(performance: Performance, folder: str) -> ClipFiles:
    """Return the clip where it was when it was tracked, or next to the performance; it may be on another machine."""
    path = Path(performance.clip)
    places = [place for place in (path, Path(folder, path.name)) if place.is_file()]
    return clip_of_file(places[0]) if places else ClipFiles((path,), False)
