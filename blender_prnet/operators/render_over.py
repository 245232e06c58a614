# SPDX-License-Identifier: GPL-3.0-or-later
"""What was painted, sculpted or shaded of a head goes back over its photo or clip."""

import tempfile
from pathlib import Path

import bpy
from bpy.props import EnumProperty

from ..jobs.pictures import PictureRequest
from ..scene.camera import photo_of, photo_size
from ..scene.captured_state import captured_images, captured_vertices
from ..scene.clip_frame import shown_picture
from ..scene.corrections import Corrections
from ..scene.head_properties import HeadKind, HeadProperties, kind_of
from ..scene.lens import lens_of_camera
from ..scene.model_head import topology_of
from ..scene.painted import PaintError, painted_images
from ..scene.photo import image_pixels
from ..scene.pictures import load_pictures, picture_file
from ..scene.seen_head import see_head
from ..scene.still_render import render_alone
from .passes import MakesPictures
from .photo_files import PhotoError, PhotoFiles


class PRNET_OT_render_over(MakesPictures, bpy.types.Operator):
    bl_idname = "prnet.render_over"
    bl_label = "Render over Photo"
    bl_description = (
        "Choose a folder, and write the active head's photo with what you have painted or sculpted of the head, seen "
        "through its camera. Hair, glasses and hands stay in front. Of a clip every frame"
    )
    bl_options = {"UNDO"}

    look: EnumProperty(
        name="Look",
        description="What is drawn over the photo",
        items=[
            ("texture", "Texture", "What differs from the capture: paint and shape, in the photo's light"),
            ("render", "Render", "The whole face as it renders, with its materials and the scene's lights"),
        ],
        options={"SKIP_SAVE"},
    )

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) not in (HeadKind.PHOTO, HeadKind.PERFORMANCE):
            cls.poll_message_set("Make the head of a photo or of a clip the active object")
            return False
        return super().poll(context)

    def execute(self, context):
        head, files = context.object, PhotoFiles()
        try:
            source = photo_source(head, files) if kind_of(head) is HeadKind.PHOTO else None
            textures = _textures(head) if self.look == "texture" else {}
        except (PaintError, PhotoError) as error:
            files.forget()
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        renders = tempfile.TemporaryDirectory(prefix="prnet-")

        def request(head, camera, folder, frame):
            shown = source or shown_picture(head, camera, context.scene)
            if shown is None:
                return None
            size, properties = photo_size(camera, head), HeadProperties.of(head)
            seen = see_head(head, camera, size)
            message = {
                "type": "render_over",
                "files": {"picture": picture_file(folder, head.name, "picture", ".png", frame)},
                "path": shown[0],
                "frame": shown[1],
                "image_size": list(size),
                "perspective": seen.perspective,
                "options": _options(properties),
            }
            if source:
                entry = Corrections.of(head).entry(*shown, "", lens_of_camera(camera, size))
                message |= {name: entry[name] for name in ("box", "pins", "mirrored", "lens")}
            if self.look == "render":
                message["rendered"] = str(Path(renders.name, "render.png"))
                render_alone(context.scene, head, camera, size, Path(message["rendered"]))
            arrays = _arrays(seen, see_head(head, camera, size, captured_vertices(head, seen.local)))
            return PictureRequest(head.name if frame is None else f"{head.name}, {frame}", message, arrays | textures)

        return self.make_pictures(context, request, load_pictures, files)


def photo_source(head, files):
    """Return the path of the head's photo, and the frame if it is one of a movie. Raises PhotoError."""
    image = photo_of(head)
    if image is None:
        raise PhotoError(f"{head.name} has no camera with its photo any more; capture the photo again")
    if image.source == "MOVIE":
        return bpy.path.abspath(image.filepath, library=image.library), HeadProperties.of(head).frame
    return str(files.path(image)), None


def _textures(head):
    """Return the arrays of the head's textures, as they are and as they were captured. Raises PaintError."""
    states = (("", painted_images(head)), ("captured_", captured_images(head)))
    return {
        f"{state}texture_{slot}": image_pixels(image)
        for state, images in states
        for slot, image in enumerate(images)
        if image
    }


def _arrays(seen, captured):
    """Return the arrays of the head's mesh, as it is and as it was captured."""
    return {
        "places": seen.places,
        "points": seen.points,
        "triangles": seen.triangles,
        "uv": seen.vertex_uv,
        "corner_uv": seen.corner_uv,
        "material": seen.material,
        "captured_places": captured.places,
        "captured_points": captured.points,
    }


def _options(properties):
    """Return the options of the capture that tells what covers the face."""
    options = {"topology": topology_of(properties)}
    return options | ({"model": properties.model} if properties.model else {})
