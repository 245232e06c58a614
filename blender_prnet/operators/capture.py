# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos become heads."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty

from ..data.face import Face
from ..data.model_head import ModelHead
from ..installation import CLIENT, worker_setup
from ..interface import printable
from ..scene.camera import camera_of, frame_photo, look_through_camera
from ..scene.capture import SceneBuilder
from ..scene.head import head_of
from ..scene.model_head import put_on_model
from ..worker import WorkerError
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .modal import WaitsForWorker, redraw
from .preparing import BUDGET_SECONDS, Preparing
from .report import Tally


class CapturesPhotos(WaitsForWorker):
    """Mixin: sends photos to the worker and builds what comes back."""

    _job = _error = None
    _files = None  # PhotoFiles, where photos are not files of their own

    def capture(self, context, paths, image_names=None, boxes=None):
        """Start. `image_names`: path -> bpy image, for photos that are not files of their own; `boxes`: path -> boxes
        [left, top, right, bottom] in which to see faces, for photos in which none are to be looked for."""
        colours = context.scene.prnet_overlay.colours
        self._builder = SceneBuilder(context.scene.prnet.moves, image_names, colours=colours)
        return self.ask(context, type="reconstruct", paths=[str(path) for path in paths], boxes=boxes or {})

    def ask(self, context, boxes=None, **request):
        """Send a request, with the options that the settings amount to, and wait for its faces."""
        settings = context.scene.prnet
        context.window_manager.prnet.report.clear()
        self._tally = Tally(context.window_manager.prnet.report)
        self._preparing = Preparing()
        self._model = settings.model
        try:
            options = {**capture_options(settings), "boxes": boxes or {}}
            self._job = CLIENT.job(worker_setup(), {**request, "options": options})
        except WorkerError as error:
            return self.conclude(context, error)
        return self.begin(context)

    def advance(self, context):
        if self._error is None and not self._preparing.full:
            self._receive(context)
        for one in self._preparing.ready(BUDGET_SECONDS):
            self._take(context, one)
        if self._error and self._preparing.empty:
            raise self._error
        return self._job.finished and self._preparing.empty

    def _receive(self, context):
        try:
            for message, arrays in self._job.pump(BUDGET_SECONDS):
                kind = message["type"]
                if kind == "progress":
                    state = context.window_manager.prnet
                    state.progress = message["done"] / max(message["total"], 1)
                    state.text = printable(Path(message["path"]).name)
                elif kind == "face":
                    seen = self._model, self._job.worker.hello["engine"]
                    self._preparing.put(self._preparing.start(Face.from_message, message, arrays, *seen))
                elif kind == "model_head":
                    self._preparing.put(self._preparing.start(ModelHead.from_message, message, arrays))
                elif kind == "found":
                    self.found(arrays["boxes"])
                elif kind == "input":
                    self._tally.note_input(message)
                elif kind == "warning":
                    self.report({"WARNING"}, message["message"])
                if self._preparing.full:
                    return
        except WorkerError as error:
            self._error = error

    def _take(self, context, one):
        if isinstance(one, ModelHead):
            head = bpy.data.objects.get(self._head)
            if head:  # the user may have deleted it already
                put_on_model(head, one)
            return
        self._head = self.build(context, one)

    def build(self, context, face) -> str:
        """Put the face into the scene; the name of its head."""
        head = head_of(self._builder.add(context.scene, face))
        if self._tally.heads == 0:
            show_textures(context)
            if context.scene.prnet.frame_photo:
                frame_photo(context.scene, camera_of(head), face.image_size)
                look_through_camera(context)
            select_only(context, head)
        self._tally.heads += 1
        return self._builder.head_name

    def stop(self):
        self._job.cancel()

    def abandon(self):
        self._job.abandon()
        self._forget_files()

    def _forget_files(self):
        if self._files:
            self._files.forget()

    def conclude(self, context, error):
        self._forget_files()
        if error:
            self._tally.note_worker(error)
            redraw(context)
        level, text = self._tally.summary(cancelled=self._job is not None and self._job.cancelled)
        self.report({level}, text)
        return {"FINISHED"} if self._tally.heads else {"CANCELLED"}


def show_textures(context):
    """Let a 3D View that is as Blender comes, with plain grey surfaces, show what was captured."""
    if context.area and context.area.type == "VIEW_3D" and context.space_data.shading.color_type == "MATERIAL":
        context.space_data.shading.color_type = "TEXTURE"


def capture_options(settings) -> dict:
    """The options of a reconstruct request, from Scene.prnet."""
    return {
        "model": settings.model,
        "faces": settings.faces,
        "density": settings.density,
        "texture_size": int(settings.texture_size),
        "topology": settings.topology,
    }


def select_only(context, head):
    if context.mode == "OBJECT":
        for thing in context.selected_objects:
            thing.select_set(False)
        head.select_set(True)
        context.view_layer.objects.active = head


class PRNET_OT_capture(ChoosesFiles, CapturesPhotos, bpy.types.Operator):
    bl_idname = "prnet.capture"
    bl_label = "Capture Photos"
    bl_description = "Choose photos and make a textured head, with its camera, of every face in them"
    bl_options = {"UNDO"}

    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    def execute(self, context):
        paths = self.chosen()
        if not paths:
            self.report({"ERROR"}, "No photo chosen")
            return {"CANCELLED"}
        if not self.set_preset(context, "photo"):
            return {"CANCELLED"}
        return self.capture(context, paths)
