# SPDX-License-Identifier: GPL-3.0-or-later
"""Results that the command line has written become heads."""

import math
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, StringProperty

from ..data.results import PhotoResult, ResultsError, read_results
from ..interface import printable
from ..jobs.results import ResultsJob
from ..scene.capture import SceneBuilder
from ..scene.folder_import import new_child
from ..scene.layout import Layout, free_edge
from .building import StreamedBuilder, show_imported
from .file_choice import FOR_SCRIPTS
from .folder import head_stream
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_import_results(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.import_results"
    bl_label = "Import Results"
    bl_description = (
        "Make heads of the chosen photos of a folder that `python -m nets reconstruct` has written. "
        "Esc stops and keeps what is done; the other photos stay chosen"
    )
    bl_options = {"UNDO"}

    directory: StringProperty(
        name="Folder",
        description="For scripts: set Scene.prnet_results.folder to this first, and import all that is in it",
        subtype="DIR_PATH",
        options=FOR_SCRIPTS,
    )

    _collection = ""  # the name of the collection for the heads, once there is one

    def execute(self, context):
        if self.directory:
            context.scene.prnet_results.folder = self.directory
        self._folder = Path(bpy.path.abspath(context.scene.prnet_results.folder)).absolute()
        screen = BlenderScreen(self)
        screen.clear_report()
        context.window_manager.prnet_folder.failed.clear()
        try:
            results = read_results(self._folder)
        except ResultsError as error:
            self.report({"ERROR"}, printable(str(error)))
            return {"CANCELLED"}
        if self.directory:
            for result in results:
                if result.error:
                    screen.list_failed_file(result.path, result.error)
        self._chosen = _chosen(context.window_manager.prnet_results, self._folder, results)
        if not self._chosen:
            text = rpt_("No photo of {} that has a face is chosen").format(printable(str(self._folder)))
            self.report({"ERROR"}, text)
            return {"CANCELLED"}
        stream = head_stream(StreamedBuilder(self._scene_builder(context.scene), self._home_of), screen)
        return self.run(
            context, ResultsJob(stream, list(self._chosen.values()), context.scene.prnet_results.shape_keys)
        )

    def _scene_builder(self, scene):
        settings = scene.prnet_folder
        layout = Layout(settings.layout, math.ceil(math.sqrt(len(self._chosen))), free_edge(scene))
        return SceneBuilder(scene.prnet.moves, None, layout, settings.one_per, scene.prnet_overlay.colours)

    def _home_of(self, scene, _path):
        home = bpy.data.collections.get(self._collection) or new_child(scene.collection, self._folder.name)
        self._collection = home.name
        return home

    def finish(self, context, outcome):
        show_imported(context, self._collection)
        rows = context.window_manager.prnet_results.rows
        for row, result in self._chosen.items():
            if row < len(rows):
                rows[row].chosen = result.path in self.job.left
        return super().finish(context, outcome)


def _chosen(state, folder: Path, results: list[PhotoResult]) -> dict[int, PhotoResult]:
    """Return the results to import, by their row in the list. state: WindowManager.prnet_results."""
    if not state.lists(folder, results):
        state.fill(folder, results)  # the folder has changed since, or another file was opened
    return {row: result for row, result in enumerate(results) if state.rows[row].chosen and result.files}


class PRNET_OT_choose_results(bpy.types.Operator):
    bl_idname = "prnet.choose_results"
    bl_label = "Choose Results"
    bl_description = "Choose all photos that have a face, or none"
    bl_options = {"INTERNAL"}

    action: EnumProperty(items=[("ALL", "All", ""), ("NONE", "None", "")])

    def execute(self, context):
        for row in context.window_manager.prnet_results.rows:
            row.chosen = self.action == "ALL" and not row.error
        return {"FINISHED"}
