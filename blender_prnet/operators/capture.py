# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos become heads."""

import bpy
from bpy.props import BoolProperty

from ..jobs.capture import CaptureJob, reconstruct
from ..scene.capture import SceneBuilder
from ..scene.lens import chosen_lens
from ..session import SESSION
from .building import CaptureBuilder
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .photo_files import PhotoError, PhotoFiles
from .progress import BlenderScreen
from .running import RunsJob


class CapturesPhotos(RunsJob):
    """Mixin: captures photos with the settings of the scene."""

    def capture(self, context, paths, files=None, boxes=None):
        """Run the capture of the photos at `paths`.

        files: PhotoFiles of photos that are not files of their own; boxes: path -> boxes [left, top, right, bottom] of
        the faces, for photos in which none are to be looked for.
        """
        scene, screen = context.scene, BlenderScreen(self)
        screen.clear_report()
        names = files.names if files else None
        builder = CaptureBuilder(SceneBuilder(scene.prnet.moves, names, colours=scene.prnet_overlay.colours))
        message = reconstruct([str(path) for path in paths], capture_options(scene.prnet), boxes)
        return self.run(context, CaptureJob(SESSION.request, message, builder, screen, SESSION.threads), files)


def capture_options(settings) -> dict:
    """Return the options of a reconstruct request. settings: Scene.prnet."""
    return {
        "model": settings.model,
        "faces": settings.faces,
        "density": settings.density,
        "texture_size": int(settings.texture_size),
        "topology": settings.topology,
        "lens": chosen_lens(settings.lens),
        "iterations": settings.iterations,
        **finish_options(settings),
    }


def finish_options(settings) -> dict:
    """Return the options that say how a whole head's skin is finished. settings: Scene.prnet."""
    return {"even_light": settings.even_light, "detail": settings.shading_detail}


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
        files, readable = PhotoFiles(), []
        for path in paths:
            try:
                readable.append(files.readable(path))
            except PhotoError as error:  # the worker's report says so of this file, beside the others
                self.report({"WARNING"}, str(error))
                readable.append(path)
        return self.capture(context, readable, files)
