# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of photos becomes a collection of heads."""

import math
import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor

import bpy
from bpy.props import StringProperty

from ..client import WorkerError
from ..folder_files import FolderError, Listing, Question, list_photos, without_duplicates
from ..installation import CLIENT, worker_setup
from ..scene.capture import SceneBuilder
from ..scene.face import Face
from ..scene.folder_import import FolderImport, ImportStateError, unfinished_import
from ..scene.layout import Layout, free_edge
from ..scene.model_head import ModelHead, put_on_model
from ..scene.photo import printable
from .capture import capture_options
from .file_choice import FOR_SCRIPTS, TakesPreset
from .modal import WaitsForWorker, redraw
from .pace import Pace
from .preparing import Preparing, Rests
from .report import Tally

BUDGET_SECONDS = 0.02
PHOTOS_PER_JOB = 64  # a request is one line of the protocol, whose length is limited
_listing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prnet listing")


class ImportsPhotos(WaitsForWorker):
    """Mixin: sends the photos of a FolderImport to the worker, some at a time, and builds what comes back."""

    _job = None
    _stopped = False

    def import_photos(self, context, what: FolderImport, listing: Future | None = None):
        """Start. `listing`: of the Listing of photos, where they are not `what.left`. Call as the last thing of
        execute().
        """
        self._what, self._listing = what, listing
        colours = context.scene.prnet_overlay.colours
        self._builder = SceneBuilder(what.moves, layout=what.layout, one_per=what.one_per, colours=colours)
        self._preparing, self._rests, self._pace = Preparing(), Rests(), Pace()
        self._heads = 0
        self._crashed = False
        self._plan(what.left)
        context.window_manager.prnet.report.clear()
        try:
            self._setup = worker_setup()
        except WorkerError as error:
            return self.conclude(context, error)
        self._steps = self._work()
        return self.begin(context)

    def advance(self, _context):
        return next(self._steps, True) is True

    def stop(self):
        self._stopped = True
        if self._job:
            self._job.cancel()

    def abandon(self):
        self._stopped = True
        self._steps.close()
        if self._job:
            self._job.abandon()

    def conclude(self, context, error):
        failed = len(context.window_manager.prnet_folder.failed)
        self._what.keep(self._left)
        heads = f"{self._heads} head{'' if self._heads == 1 else 's'} imported"
        if self._left:
            heads = f"Stopped, {heads}, {len(self._left)} photos left"
        if failed:
            heads += f"; {failed} file{'' if failed == 1 else 's'} gave none, see the list in the Face Capture tab"
        if error:
            Tally(context.window_manager.prnet.report).note_worker(error)
            self.report({"ERROR"}, f"{error} {error.remedy}".strip() + (f" ({heads}.)" if self._heads else ""))
        else:
            self.report({"INFO" if self._heads and not failed else "WARNING"}, heads)
        redraw(context)
        return {"FINISHED"} if self._heads else {"CANCELLED"}

    def _plan(self, photos):
        self._left = dict.fromkeys(photos)  # whose heads are not in the scene yet
        self._unsent = deque(photos)
        self._asked: dict[str, None] = {}  # of whom the worker has not told yet
        self._total = len(photos)

    def _work(self):
        """Yields wherever the window may breathe. Between yields anything may happen to Blender's data."""
        if self._listing:
            yield from self._list()
        while not self._preparing.empty or not (self._stopped or (self._all_told and not self._unsent)):
            if self._all_told and self._unsent and not self._stopped:
                self._send()
            if not self._all_told and not self._preparing.full:
                self._receive()
            self._build()
            self._tell()
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
            self._fail(one.path, one.reason)
        if not listing.photos and not self._stopped:
            raise WorkerError(f"There is no photo to import in {self._what.folder}.", "Look at names and subfolders.")
        self._plan(listing.photos)
        self._what.layout.columns = max(math.ceil(math.sqrt(self._total)), 1)

    def _send(self):
        paths = [self._unsent.popleft() for _ in range(min(PHOTOS_PER_JOB, len(self._unsent)))]
        self._asked, self._faces = dict.fromkeys(paths), []
        request = {"type": "reconstruct", "paths": paths, "options": self._what.options}
        self._job = CLIENT.job(self._setup, request)

    def _receive(self):
        """A photo's faces are built once they are all there, so that Resume never meets half of one."""
        try:
            for message, arrays in self._job.pump(BUDGET_SECONDS):
                if message["type"] == "face":
                    facts = message, arrays, self._what.options["model"], self._job.worker.hello["engine"]
                    self._faces.append(self._preparing.start(Face.from_message, *facts))
                elif message["type"] == "model_head":
                    self._faces.append(self._preparing.start(ModelHead.from_message, message, arrays))
                elif message["type"] == "input":
                    self._hear_of(message)
                elif message["type"] == "warning":
                    self.report({"WARNING"}, message["message"])
                if self._preparing.full:
                    return
        except WorkerError as error:
            self._blame(error)

    def _hear_of(self, entry):
        for face in self._faces:
            self._preparing.put(face)
        self._preparing.put(entry)
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

    def _build(self):
        if not self._rests.may_add():
            return
        for one in self._preparing.ready(BUDGET_SECONDS):
            if isinstance(one, Face):
                scene = bpy.context.scene
                self._builder.add(scene, one, self._what.home_of(scene, one.path))
                self._heads += 1
                self._rests.added()
            elif isinstance(one, ModelHead):
                put_on_model(bpy.data.objects[self._builder.head_name], one)
            else:
                self._finish(one)

    def _finish(self, entry):
        """`entry`: of report.json, after the photo's heads."""
        self._left.pop(entry["path"], None)
        if entry["status"] != "ok":
            reason = "no face found" if entry["status"] == "no_face" else entry.get("error") or entry["status"]
            self._fail(entry["path"], reason.removeprefix(f"{entry['path']}: "))

    def _tell(self):
        state, done = bpy.context.window_manager.prnet, self._total - len(self._left)
        state.progress = done / max(self._total, 1)
        state.text = self._pace.text(done, self._total)

    def _fail(self, path, reason):
        line = bpy.context.window_manager.prnet_folder.failed.add()
        line.name, line.path, line.reason = printable(os.path.basename(path)), path, printable(reason)


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
            return self._stopped

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
