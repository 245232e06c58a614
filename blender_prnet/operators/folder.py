# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of photos becomes a collection of heads."""

import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

import bpy
from bpy.props import StringProperty

from ..data.face import Face
from ..data.folder_files import FolderError, Listing, Question, list_photos, without_duplicates
from ..data.model_head import ModelHead
from ..installation import CLIENT, worker_setup
from ..interface import printable
from ..scene.capture import SceneBuilder
from ..scene.folder_import import FolderImport, ImportStateError, unfinished_import
from ..scene.layout import Layout, free_edge
from ..worker import WorkerError
from .capture import capture_options
from .file_choice import FOR_SCRIPTS, TakesPreset
from .heads import StreamsHeads
from .preparing import BUDGET_SECONDS

PHOTOS_PER_JOB = 64  # a request is one line of the protocol, whose length is limited
_listing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prnet listing")


class ImportsPhotos(StreamsHeads):
    """Mixin: sends the photos of a FolderImport to the worker, some at a time."""

    _job = None

    def import_photos(self, context, what: FolderImport, listing: Future | None = None):
        """Start. `listing`: of the Listing of photos, where they are not `what.left`. Call as the last thing of
        execute().
        """
        self._what, self._listing = what, listing
        self._crashed = False
        self.plan(what.left)
        self._unsent = deque(what.left)
        context.window_manager.prnet.report.clear()
        colours = context.scene.prnet_overlay.colours
        return self.stream(context, SceneBuilder(what.moves, None, what.layout, what.one_per, colours))

    def stop(self):
        super().stop()
        if self._job:
            self._job.cancel()

    def abandon(self):
        super().abandon()
        if self._job:
            self._job.abandon()

    def conclude(self, context, error):
        self._what.keep(self.left)
        return super().conclude(context, error)

    def home_of(self, scene, path):
        return self._what.home_of(scene, path)

    def work(self):
        if self._listing:
            yield from self._list()
        while not self.preparing.empty or not (self.stopped or (self._all_told and not self._unsent)):
            if self._all_told and self._unsent and not self.stopped:
                self._send()
            if not self._all_told and not self.preparing.full:
                self._receive()
            self.build()
            yield

    @property
    def _all_told(self):
        return self._job is None or self._job.finished

    def _list(self):
        bpy.context.window_manager.prnet.text = "Looking through the folder"
        while not self._listing.done():
            yield
        try:
            listing: Listing = self._listing.result()
        except FolderError as error:
            raise WorkerError(str(error)) from error
        for one in listing.left_out:
            self.fail(one.path, one.reason)
        if not listing.photos and not self.stopped:
            raise WorkerError(
                f"There is no photo to import in {printable(self._what.folder)}.", "Look at names and subfolders."
            )
        self.plan(listing.photos)
        self._unsent = deque(listing.photos)
        self._what.layout.columns = max(math.ceil(math.sqrt(len(listing.photos))), 1)

    def _send(self):
        paths = [self._unsent.popleft() for _ in range(min(PHOTOS_PER_JOB, len(self._unsent)))]
        self._asked, self._faces = dict.fromkeys(paths), []
        request = {"type": "reconstruct", "paths": paths, "options": self._what.options}
        self._job = CLIENT.job(worker_setup(), request)

    def _receive(self):
        """A photo's faces are built once they are all there, so that Resume never meets half of one."""
        try:
            for message, arrays in self._job.pump(BUDGET_SECONDS):
                if message["type"] == "face":
                    facts = message, arrays, self._what.options["model"], self._job.worker.hello["engine"]
                    self._faces.append(self.preparing.start(Face.from_message, *facts))
                elif message["type"] == "model_head":
                    self._faces.append(self.preparing.start(ModelHead.from_message, message, arrays))
                elif message["type"] == "input":
                    self._hear_of(message)
                elif message["type"] == "warning":
                    self.report({"WARNING"}, message["message"])
                if self.preparing.full:
                    return
        except WorkerError as error:
            self._blame(error)

    def _hear_of(self, entry):
        for face in self._faces:
            self.preparing.put(face)
        self.preparing.put(entry)
        self._faces = []
        self._asked.pop(entry["path"], None)
        self._crashed = False

    def _blame(self, error):
        """A photo with which the worker died is left out; twice in a row, it is not the photo."""
        culprit = self._job.current
        if self._job.worker.alive or self._crashed or culprit not in self._asked:
            raise error
        self._faces = []
        self._hear_of({"path": culprit, "status": "failed", "error": f"{error} {error.remedy}".strip()})
        self._crashed = True
        self._unsent.extendleft(reversed(self._asked))


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
        question = question_of(settings)
        what = FolderImport(
            folder=str(question.root),
            one_per=settings.one_per,
            moves=context.scene.prnet.moves,
            options=capture_options(context.scene.prnet),
            layout=Layout(settings.layout, left=free_edge(context.scene)),
        )
        return self.import_photos(context, what, _listing.submit(self._look, question))

    def _look(self, question):
        def stopped():
            return self.stopped

        return without_duplicates(list_photos(question, stopped), stopped)


class PRNET_OT_resume_folder(ImportsPhotos, bpy.types.Operator):
    bl_idname = "prnet.resume_folder"
    bl_label = "Resume"
    bl_description = "Go on with the last import of a folder that was stopped, with the settings that it began with"
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


def question_of(settings) -> Question:
    """What Scene.prnet_folder asks for."""
    return Question(bpy.path.abspath(settings.folder), settings.pattern, settings.subfolders, bpy.path.extensions_image)
