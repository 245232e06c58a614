# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a head's geometry, aligned with its photo or clip."""

from pathlib import Path

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, StringProperty

from ..jobs.pictures import PictureRequest, PicturesJob
from ..scene.camera import photo_size, shown_camera
from ..scene.head_properties import HeadProperties, kind_of
from ..scene.model_head import topology_of
from ..scene.pictures import at_frames, frames_of, load_pictures, picture_file
from ..scene.seen_head import see_head
from ..session import SESSION
from .file_choice import FOR_SCRIPTS
from .progress import BlenderScreen
from .running import RunsJob

ENDINGS = {"depth": ".exr", "normals": ".png", "pncc": ".png"}


class MakesPictures(RunsJob):
    """Mixin: makes pictures of the active head, of each frame of its clip if it has one, in a folder."""

    directory: StringProperty(subtype="DIR_PATH", options={"SKIP_SAVE"})
    filter_folder: BoolProperty(default=True, options=FOR_SCRIPTS)

    @classmethod
    def poll(cls, context):
        head = context.object
        if kind_of(head) is None or head.mode != "OBJECT":
            cls.poll_message_set("Make a captured head the active object, in Object Mode")
            return False
        if shown_camera(context.scene, head) is None:
            cls.poll_message_set("The head has no camera any more; capture it again")
            return False
        return super().poll(context)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def make_pictures(self, context, request, show, files=None, frames=None):
        """Run the job. request: makes the PictureRequest of a frame, None for none; show: as in PicturesJob; files: as
        in JobRun; frames: those of the scene that are asked for, by default all of the head's clip."""
        folder = Path(bpy.path.abspath(self.directory))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be made: {}. Choose another folder").format(folder, error.strerror))
            return {"CANCELLED"}
        name, camera = context.object.name, shown_camera(context.scene, context.object).name
        frames = frames or frames_of(context.object)

        def requests():
            for frame in at_frames(context.scene, frames):
                head, eye = bpy.data.objects.get(name), bpy.data.objects.get(camera)
                if head is None or eye is None:  # the user has deleted them meanwhile
                    return
                if made := request(head, eye, folder, frame):
                    yield made

        job = PicturesJob(SESSION.request, requests(), len(frames), show, BlenderScreen(self))
        return self.run(context, job, files)


class PRNET_OT_face_passes(MakesPictures, bpy.types.Operator):
    bl_idname = "prnet.face_passes"
    bl_label = "Face Passes"
    bl_description = (
        "Choose a folder, and write depth, normals and PNCC of the active head as its camera sees it, the size of its "
        "photo, for compositing. They become images of this file, those of a clip sequences"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        return self.make_pictures(context, _request, load_pictures)


def _request(head, camera, folder, frame):
    size, properties = photo_size(camera, head), HeadProperties.of(head)
    seen = see_head(head, camera, size)
    options = {"topology": topology_of(properties)}
    if properties.model:
        options["model"] = properties.model
    message = {
        "type": "passes",
        "files": {name: picture_file(folder, head.name, name, ending, frame) for name, ending in ENDINGS.items()},
        "image_size": list(size),
        "perspective": seen.perspective,
        "options": options,
    }
    title = head.name if frame is None else f"{head.name}, {frame}"
    arrays = {"places": seen.places, "points": seen.points, "triangles": seen.triangles, "uv": seen.vertex_uv}
    return PictureRequest(title, message, arrays)
