# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of photos becomes a collection of heads."""

import math

import bpy
from bpy.props import StringProperty

from ..data.folder_files import PhotoQuery
from ..jobs.folder import FolderJob
from ..jobs.head_stream import HeadStream
from ..jobs.pace import RedrawThrottle
from ..scene.capture import SceneBuilder
from ..scene.folder_import import FolderImport, ImportStateError, unfinished_import
from ..scene.layout import Layout, free_edge
from ..session import SESSION
from .building import StreamedBuilder, show_imported
from .capture import capture_options
from .file_choice import FOR_SCRIPTS, TakesPreset
from .progress import BlenderScreen
from .running import RunsJob


class ImportsPhotos(RunsJob):
    """Mixin: imports the photos of a FolderImport, and keeps with its collection which are left."""

    def import_photos(self, context, what: FolderImport, query: PhotoQuery | None = None):
        """Run the import. query: which photos to list first, if they are not `what.left`."""
        screen = BlenderScreen(self)
        screen.clear_report()
        self._what = what
        colours = context.scene.prnet_overlay.colours
        builder = StreamedBuilder(SceneBuilder(what.moves, None, what.layout, what.one_per, colours), what.home_of)
        job = FolderJob(SESSION.request, head_stream(builder, screen), what.options, screen, what.left)
        if query:
            job.list_first(query, SESSION.threads, self._listed)
        return self.run(context, job)

    def _listed(self, count):
        self._what.layout.columns = max(math.ceil(math.sqrt(count)), 1)

    def finish(self, context, outcome):
        self._what.keep(self.job.left)
        show_imported(context, self._what.collection)
        SESSION.folder_scan.forget()  # the folder may have changed since its photos were counted
        return super().finish(context, outcome)


def head_stream(builder: StreamedBuilder, screen: BlenderScreen) -> HeadStream:
    """Return the stream of heads into this Blender, with a window or without."""
    return HeadStream(builder, screen, SESSION.threads, None if bpy.app.background else RedrawThrottle())


class PRNET_OT_import_folder(TakesPreset, ImportsPhotos, bpy.types.Operator):
    bl_idname = "prnet.import_folder"
    bl_label = "Import Folder"
    bl_description = "Make a head of every face in the photos of the folder. Esc stops and keeps what is done"
    bl_options = {"UNDO"}

    directory: StringProperty(
        name="Folder",
        description="For scripts: set Scene.prnet_folder.folder to this first",
        subtype="DIR_PATH",
        options=FOR_SCRIPTS,
    )

    def execute(self, context):
        settings = context.scene.prnet_folder
        if not self.set_preset(context, "photo"):
            return {"CANCELLED"}
        if self.directory:
            settings.folder = self.directory
        if not settings.folder:
            self.report({"ERROR"}, "Choose a folder of photos first")
            return {"CANCELLED"}
        context.window_manager.prnet_folder.failed.clear()
        query = photo_query(settings)
        what = FolderImport(
            folder=str(query.root),
            one_per=settings.one_per,
            moves=context.scene.prnet.moves,
            options=folder_options(context.scene.prnet),
            layout=Layout(settings.layout, left=free_edge(context.scene)),
        )
        return self.import_photos(context, what, query)


def folder_options(settings) -> dict:
    """Return the options of a folder's requests. settings: Scene.prnet.

    Whole heads with their shape keys take 10 MB each, so a folder's heads come light, and as the photos show them.
    """
    options = capture_options(settings)
    return options | {"topology": "light" if options["topology"] == "head" else options["topology"]}


class PRNET_OT_resume_folder(ImportsPhotos, bpy.types.Operator):
    bl_idname = "prnet.resume_folder"
    bl_label = "Resume"
    bl_description = "Resume the last import of a folder that was stopped, with the settings that it began with"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        return unfinished_import(context.scene) is not None and super().poll(context)

    def execute(self, context):
        try:
            return self.import_photos(context, FolderImport.of(unfinished_import(context.scene)))
        except ImportStateError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}


def photo_query(settings) -> PhotoQuery:
    """Return which photos are asked for. settings: Scene.prnet_folder."""
    return PhotoQuery(
        bpy.path.abspath(settings.folder), settings.pattern, settings.subfolders, bpy.path.extensions_image
    )
