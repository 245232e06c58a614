# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command line has captured becomes heads."""

import math
from collections import deque
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, StringProperty

from ..data.face import Face
from ..data.results import ResultsError, load_face, read_results
from ..interface import printable
from ..scene.capture import SceneBuilder
from ..scene.folder_import import new_child
from ..scene.layout import Layout, free_edge
from .file_choice import FOR_SCRIPTS
from .heads import StreamsHeads


class PRNET_OT_import_results(StreamsHeads, bpy.types.Operator):
    bl_idname = "prnet.import_results"
    bl_label = "Import Results"
    bl_description = (
        "Make heads of the chosen photos of a folder that `python -m nets reconstruct` has written. "
        "Esc stops and keeps what is done; those that are left stay chosen"
    )
    bl_options = {"UNDO"}

    directory: StringProperty(
        name="Folder",
        description="For scripts: set Scene.prnet_results.folder to this first, and import all that is in it",
        subtype="DIR_PATH",
        options=FOR_SCRIPTS,
    )

    def execute(self, context):
        manager, settings = context.window_manager, context.scene.prnet_folder
        if self.directory:
            context.scene.prnet_results.folder = self.directory
        self._folder = Path(bpy.path.abspath(context.scene.prnet_results.folder)).absolute()
        state = manager.prnet_results
        manager.prnet_folder.failed.clear()
        manager.prnet.report.clear()
        try:
            results = read_results(self._folder)
        except ResultsError as error:
            self.report({"ERROR"}, printable(str(error)))
            return {"CANCELLED"}
        if not state.lists(self._folder, results):
            state.fill(self._folder, results)  # the folder has changed since, or another file was opened
        if self.directory:
            for result in results:
                if result.error:
                    self.fail(result.path, result.error)
        self._chosen = [(row, result) for row, result in enumerate(results) if state.rows[row].chosen and result.files]
        if not self._chosen:
            text = rpt_("No photo of {} that has a face is chosen").format(printable(str(self._folder)))
            self.report({"ERROR"}, text)
            return {"CANCELLED"}
        self.plan(result.path for _, result in self._chosen)
        self._collection = ""
        layout = Layout(settings.layout, math.ceil(math.sqrt(len(self._chosen))), free_edge(context.scene))
        colours = context.scene.prnet_overlay.colours
        return self.stream(context, SceneBuilder(context.scene.prnet.moves, None, layout, settings.one_per, colours))

    def conclude(self, context, error):
        rows = context.window_manager.prnet_results.rows
        for row, result in self._chosen:
            if row < len(rows):
                rows[row].chosen = result.path in self.left
        return super().conclude(context, error)

    def home_of(self, scene, _path):
        home = bpy.data.collections.get(self._collection) or new_child(scene.collection, self._folder.name)
        self._collection = home.name
        return home

    def work(self):
        left = deque(result for _, result in self._chosen)
        while not self.preparing.empty or (left and not self.stopped):
            while left and not self.stopped and not self.preparing.full:
                result = left.popleft()
                for file, facts in zip(result.files, result.facts, strict=True):
                    self.preparing.put(self.preparing.start(_load, result.path, file, facts))
                self.preparing.put({"path": result.path, "status": "ok"})
            self.build()
            yield


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


def _load(path: str, file: Path, facts: dict) -> Face | dict:
    """The face, or what went wrong as an entry of a report."""
    try:
        return load_face(file, facts)
    except ResultsError as error:
        return {"path": path, "status": "failed", "error": str(error)}
