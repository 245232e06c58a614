# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured heads on the face model's mesh, and the face model's own file."""

import shutil
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import StringProperty

from ..data.model_head import ModelHead
from ..installation import CLIENT, face_model_folder, worker_setup
from ..scene.captured import capture_arrays, is_on_grid
from ..scene.head_properties import HeadProperties
from ..scene.model_head import put_on_model
from ..worker import WorkerError
from .capture import BUDGET_SECONDS
from .file_choice import FOR_SCRIPTS
from .modal import WaitsForWorker
from .report import counted


class AsksWorker(WaitsForWorker):
    """Mixin: one request after another. A subclass gives `take(context, message, arrays)` for the answers."""

    _job = None

    def ask(self, request, arrays=None):
        self._job = CLIENT.job(worker_setup(), request, arrays)

    def advance(self, context):
        for message, arrays in self._job.pump(BUDGET_SECONDS):
            self.take(context, message, arrays)
        return self._job.finished

    def stop(self):
        self._job.cancel()

    def abandon(self):
        self._job.abandon()

    def fail(self, error):
        self.report({"ERROR"}, f"{error}. {error.remedy}".replace("..", "."))
        return {"CANCELLED"}


class PRNET_OT_put_on_model(AsksWorker, bpy.types.Operator):
    bl_idname = "prnet.put_on_model"
    bl_label = "Put on Animator's Topology"
    bl_description = (
        "Give the selected captured heads the ICT face model's mesh: quads with loops round eyes and mouth, the whole "
        "head with eyeballs and teeth, and ARKit's shape keys. The face stays on the captured surface"
    )
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if not any(is_on_grid(thing) for thing in context.selected_objects):
            cls.poll_message_set(
                "Select heads that were captured from photos and still have the capture's mesh and texture"
            )
            return False
        return super().poll(context)

    def execute(self, context):
        self._waiting = [thing.name for thing in context.selected_objects if is_on_grid(thing)]
        self._done = 0
        try:
            self._next()
        except WorkerError as error:
            return self.fail(error)
        return self.begin(context)

    def advance(self, context):
        if not super().advance(context):
            return False
        return self._job.cancelled or not self._next()

    def take(self, context, message, arrays):
        context.window_manager.prnet.text = self._name
        head = bpy.data.objects.get(self._name)  # the user may have deleted it meanwhile
        if message["type"] == "model_head" and head:
            put_on_model(head, ModelHead.from_message(message, arrays))
            self._distance = message["distance"]
            self._done += 1

    def conclude(self, _context, error):
        if error:
            return self.fail(error)
        if self._done:
            heads = counted(self._done, "1 head", "{} heads")
            text = rpt_("{} on the face model's mesh, {:.2f} mm from the capture")
            self.report({"INFO"}, text.format(heads, self._distance))
        return {"FINISHED"} if self._done else {"CANCELLED"}

    def _next(self) -> bool:
        """Ask for the next head that is still there; False if there is none."""
        while self._waiting:
            self._name = self._waiting.pop(0)
            head = bpy.data.objects.get(self._name)
            if head and is_on_grid(head):
                options = {"model": HeadProperties.of(head).model}
                self.ask({"type": "put_on_model", "options": options}, capture_arrays(head))
                return True
        return False


class InstallsFaceModel(AsksWorker):
    """Mixin: has the worker make the face model's file in the extension's user folder."""

    def install(self, context, source):
        try:
            self.ask({"type": "install_face_model", "source": source, "folder": str(face_model_folder())})
        except WorkerError as error:
            return self.fail(error)
        return self.begin(context)

    def take(self, context, message, _arrays):
        if message["type"] == "progress":
            state = context.window_manager.prnet
            state.progress = message["done"] / message["total"]
            state.text = f"{message['path']}, {message['done']} of {message['total']}"

    def conclude(self, _context, error):
        if error:
            return self.fail(error)
        if self._job.cancelled:
            self.report({"WARNING"}, "Stopped: what was downloaded is kept for the next time")
            return {"CANCELLED"}
        self.report({"INFO"}, "The face model is installed")
        return {"FINISHED"}


class PRNET_OT_download_face_model(InstallsFaceModel, bpy.types.Operator):
    bl_idname = "prnet.download_face_model"
    bl_label = "Download Face Model"
    bl_description = (
        "Download the ICT face model from github.com/USC-ICT/ICT-FaceKit (MIT licence): 154 text files, about 400 MB, "
        "less where the server packs them. 17 MB of it stay, in the extension's user folder"
    )

    address: StringProperty(
        name="Address",
        description="Where upstream's files are, for studios with a copy of their own; empty: on GitHub",
        options=FOR_SCRIPTS,
    )

    def invoke(self, context, event):
        return context.window_manager.invoke_confirm(
            self, event, title=self.bl_label, message="About 400 MB from github.com/USC-ICT/ICT-FaceKit"
        )

    def execute(self, context):
        if not bpy.app.online_access:
            self.report(
                {"ERROR"},
                "Blender may not go online: allow it in Preferences, System, Network, "
                "or download ICT-FaceKit elsewhere and choose its folder",
            )
            return {"CANCELLED"}
        return self.install(context, self.address)


class PRNET_OT_import_face_model(InstallsFaceModel, bpy.types.Operator):
    bl_idname = "prnet.import_face_model"
    bl_label = "Face Model from Folder"
    bl_description = "Install the ICT face model from a folder of ICT-FaceKit, as downloaded from its repository"

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: bpy.props.BoolProperty(default=True, options=FOR_SCRIPTS)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context):
        return self.install(context, str(Path(bpy.path.abspath(self.directory))))


class PRNET_OT_remove_face_model(bpy.types.Operator):
    bl_idname = "prnet.remove_face_model"
    bl_label = "Remove Face Model"
    bl_description = "Delete the face model's file from the extension's user folder. Heads in the scene stay"

    @classmethod
    def poll(cls, _context):
        return face_model_folder().is_dir()

    def execute(self, _context):
        CLIENT.end()  # a worker that has read the model would go on with it
        try:
            shutil.rmtree(face_model_folder())
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be deleted: {}").format(error.filename, error.strerror))
            return {"CANCELLED"}
        return {"FINISHED"}
