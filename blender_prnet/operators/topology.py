# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts captured heads on the face model's mesh, and installs and removes the face model's own file."""

import shutil
from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, StringProperty

from ..installation import face_model_folder
from ..jobs.topology import HeadOnGrid, InstallFaceModelJob, PutOnModelJob
from ..scene.captured import capture_arrays, is_on_grid
from ..scene.head_properties import HeadProperties
from ..session import SESSION
from .building import OnModel
from .capture import finish_options
from .file_choice import FOR_SCRIPTS
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_put_on_model(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.put_on_model"
    bl_label = "Put on Animator's Topology"
    bl_description = (
        "Give the selected captured heads an animator's mesh: quads with loops round eyes and mouth, the whole head "
        "with eyeballs and teeth, and ARKit's shape keys. The face stays on the captured surface"
    )
    bl_options = {"UNDO"}

    topology: EnumProperty(
        name="Mesh of",
        description="The mesh that the heads get",
        items=[
            ("model", "Face Model", "The ICT face model's quads. Needs the face model's file"),
            ("head", "Whole Head", "The extension's own head"),
        ],
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context):
        if not any(is_on_grid(thing) for thing in context.selected_objects):
            cls.poll_message_set(
                "Select heads that were captured from photos and still have the capture's mesh and texture"
            )
            return False
        return super().poll(context)

    def execute(self, context):
        names = [thing.name for thing in context.selected_objects if is_on_grid(thing)]
        put = OnModel.put_on_model
        heads = _heads_on_grid(names)
        screen, finish = BlenderScreen(self), finish_options(context.scene.prnet)
        return self.run(context, PutOnModelJob(SESSION.request, heads, self.topology, put, screen, finish))


def _heads_on_grid(names):
    """Yield the heads of these names that are still there, and still on the grid, when their turn comes."""
    for name in names:
        head = bpy.data.objects.get(name)
        if head and is_on_grid(head):
            yield HeadOnGrid(name, HeadProperties.of(head).model, capture_arrays(head))


class InstallsFaceModel(RunsJob):
    """Mixin: has the worker make the face model's file in the extension's user folder."""

    def install(self, context, source):
        folder = str(face_model_folder())
        return self.run(context, InstallFaceModelJob(SESSION.request, source, folder, BlenderScreen(self)))


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
        SESSION.client.end()  # a worker that has read the model would go on with it
        try:
            shutil.rmtree(face_model_folder())
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be deleted: {}").format(error.filename, error.strerror))
            return {"CANCELLED"}
        return {"FINISHED"}
