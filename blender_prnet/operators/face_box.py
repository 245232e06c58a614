# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the network where a face is: a box is drawn, moved, or chosen among those that were found."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import FloatVectorProperty

from ..jobs.capture import FindFacesJob
from ..scene.camera import photo_of
from ..scene.clip_fixes import ClipFixes, box_in_clip
from ..scene.corrections import Corrections
from ..scene.found_faces import found_faces, found_faces_of_head, keep_found_faces
from ..scene.head_properties import HeadKind, HeadProperties, kind_of
from ..scene.photo_view import in_image_editor
from ..session import SESSION
from .capture import capture_options
from .capture_image import CapturesImages
from .dragging import DragsOnPhoto, mouse_of
from .photo_files import PhotoError, PhotoFiles
from .progress import BlenderScreen
from .recapture import RecapturesHeads
from .refine import RefinesClip, can_be_fixed, clip_frame
from .running import RunsJob
from .tools import FaceBox, ImageFaceBox

GRIP = 12  # pixels between the mouse and an edge at which a press takes the edge
CLICK = 4  # pixels of a drag that count as a click
SMALLEST = 8  # pixels of the photo that a side must have
BOX = FloatVectorProperty(
    name="Box",
    description="Left, top, right and bottom in pixels of the photo, close around brows, chin and jaw",
    size=4,
)


class DragsBox(DragsOnPhoto):
    """Mixin: lets the user drag or click a box, which is then in `self.box`.

    A subclass has `present(context)`, which returns the face's current box or None, and `faces(context)`, which returns
    the boxes of the faces that were found.
    """

    hint = "Drag a box round the face, or click a face that was found   |   Esc: cancel"

    def press(self, context, event):
        self.holds, self._from, self._old = True, mouse_of(event), self.present(context)
        self._edges = _grasp(self.view(context), self._old, self._from)
        return {"RUNNING_MODAL"}

    def drag(self, context, event):
        view = self.view(context)
        start, place = view.to_photo(self._from), view.to_photo(mouse_of(event))
        if self._edges is None:
            box = np.array([*start, *place])
        else:
            box = np.array(self._old) + np.where(self._edges, np.tile(place - start, 2), 0)
        self.box = SESSION.drag.box = tuple(box)

    def release(self, context, event):
        if np.abs(mouse_of(event) - self._from).max() <= CLICK:
            x, y = self.view(context).to_photo(self._from)
            found = [box for box in self.faces(context) if box[0] <= x <= box[2] and box[1] <= y <= box[3]]
            if not found:
                self.holds = False
                return self.let_go(context, {"CANCELLED"}) if self.by_tool else {"RUNNING_MODAL"}
            self.box = min(found, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        self.let_go(context)
        return self.execute(context)

    def box_drawn(self):
        """Return left, top, right, bottom; None, with a report, if the box is too small."""
        left, right = sorted((self.box[0], self.box[2]))
        top, bottom = sorted((self.box[1], self.box[3]))
        if min(right - left, bottom - top) < SMALLEST:
            self.report(
                {"ERROR"}, rpt_("The box is smaller than {} pixels; draw it round the whole face").format(SMALLEST)
            )
            return None
        return left, top, right, bottom


class PRNET_OT_set_face_box(DragsBox, RefinesClip, RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.set_face_box"
    bl_label = "Set Face Box"
    bl_description = (
        "Draw or move the box in which the network looks for the active head's face, "
        "or click another face that was found, and capture the head again. In a clip, the present frame becomes a "
        "tracking keyframe"
    )
    bl_options = {"UNDO"}

    box: BOX

    @classmethod
    def poll(cls, context):
        return (RefinesClip if can_be_fixed(context.object) else RecapturesHeads).poll.__func__(cls, context)

    def present(self, context):
        if can_be_fixed(context.object):
            return box_in_clip(context)
        return Corrections.of(context.object).place

    def faces(self, context):
        return [] if can_be_fixed(context.object) else found_faces_of_head(context.object)

    def execute(self, context):
        box = self.box_drawn()
        if box is None:
            return {"CANCELLED"}
        head = context.object
        if not can_be_fixed(head):
            return self.recapture(context, {head: Corrections.of(head).with_place(box)})
        frame = clip_frame(self, context)
        return {"CANCELLED"} if frame is None else self.correct(context, ClipFixes.of(head).with_box(frame, box))


class PRNET_OT_capture_box(DragsBox, CapturesImages, bpy.types.Operator):
    bl_idname = "prnet.capture_box"
    bl_label = "Capture in a Box"
    bl_description = (
        "Draw a box round a face in the open image, or click one that was found, and make a head of that face"
    )
    bl_options = {"UNDO"}

    box: BOX

    def present(self, _context):
        return None

    def view(self, context):
        return in_image_editor(context, context.edit_image)

    def faces(self, context):
        return found_faces(context.edit_image)

    def execute(self, context):
        box = self.box_drawn()
        return {"CANCELLED"} if box is None else self.capture_image(context, context.edit_image, [list(box)])


class PRNET_OT_find_faces(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.find_faces"
    bl_label = "Find Faces"
    bl_description = "Look for all faces in the open image, or in the active head's photo, and draw a box round each"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if _image_in(context) is None:
            cls.poll_message_set("Open an image, or select a head that was captured from a photo")
            return False
        return super().poll(context)

    def execute(self, context):
        image, files = _image_in(context), PhotoFiles()
        self._image = image.name
        try:
            path = str(files.path(image))
        except PhotoError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        is_head = kind_of(context.object) is HeadKind.PHOTO
        frame = HeadProperties.of(context.object).frame if is_head else 0
        screen = BlenderScreen(self)
        screen.clear_report()
        options = capture_options(context.scene.prnet)
        return self.run(context, FindFacesJob(SESSION.request, path, frame, options, screen), files)

    def finish(self, context, outcome):
        image = bpy.data.images.get(self._image)
        if outcome.succeeded and image is None:
            self.report({"WARNING"}, "The image was removed while its faces were looked for")
            return {"CANCELLED"}
        if outcome.succeeded:
            keep_found_faces(image, self.job.boxes)
            if context.area:
                tool = ImageFaceBox if context.area.type == "IMAGE_EDITOR" else FaceBox
                bpy.ops.wm.tool_set_by_id(name=tool.bl_idname)  # it shows the boxes, and a click chooses one
                context.area.tag_redraw()
        return super().finish(context, outcome)


def _image_in(context):
    image = getattr(context, "edit_image", None)  # there is none outside Image Editors
    if image is not None:
        return image
    return photo_of(context.object) if kind_of(context.object) is HeadKind.PHOTO else None


def _grasp(view, box, mouse):
    """Return which of left, top, right and bottom a press at `mouse` (2,) moves; None if it begins a new box."""
    if box is None:
        return None
    corners = view.to_region(np.reshape(box, (2, 2)))
    low, high = corners.min(0), corners.max(0)
    if (mouse < low - GRIP).any() or (mouse > high + GRIP).any():
        return None
    edges = np.abs(corners - mouse).ravel() < GRIP
    return edges if edges.any() else np.ones(4, bool)
