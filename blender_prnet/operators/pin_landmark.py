# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins a landmark, or another point of the head, to its place in the photo, and captures the head again."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import BoolProperty, FloatVectorProperty, IntProperty

from ..interface import surface_points
from ..scene.clip_fixes import ClipFixes, pins_in_clip
from ..scene.corrections import Corrections
from ..scene.landmarks import has_landmarks, landmarks_of
from ..scene.photo_view import to_region, ui_scale
from ..scene.surface_points import point_under
from ..session import SESSION
from .dragging import DragsOnPhoto, mouse_of
from .recapture import RecapturesHeads
from .refine import RefinesClip, can_be_fixed, clip_frame

REACH = 15  # pixels between the mouse and a landmark or a pin at which a press takes it, and not the skin under it


class PRNET_OT_pin_landmark(DragsOnPhoto, RefinesClip, RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.pin_landmark"
    bl_label = "Pin Landmark"
    bl_description = (
        "Drag a landmark, or any other point of the face, to where it belongs in the photo: it is pinned there, and "
        "the head follows. Six landmarks, at eyes, nose, mouth and chin, correct nearly any capture. Ctrl removes a "
        "pin. In a clip, the present frame becomes a tracking keyframe"
    )
    bl_options = {"UNDO"}

    landmark: IntProperty(
        name="Point",
        description="A landmark, 0 to 67 in the order of iBUG's 300-W, or a texel of the UV layout, "
        "1000 + 256 * row + column",
        min=0,
        max=surface_points.END - 1,
    )
    place: FloatVectorProperty(
        name="Place", description="Pixels of the photo from its upper left corner, x and y", size=2
    )
    remove: BoolProperty(name="Remove", description="Remove the landmark's pin instead", options={"SKIP_SAVE"})

    hint = "Drag a landmark or another point of the face   |   Ctrl + click: remove its pin   |   Esc: cancel"

    @classmethod
    def poll(cls, context):
        return (RefinesClip if can_be_fixed(context.object) else RecapturesHeads).poll.__func__(cls, context)

    def execute(self, context):
        return self._in_clip(context) if can_be_fixed(context.object) else self._in_photo(context)

    def _in_clip(self, context):
        frame = clip_frame(self, context)
        if frame is None:
            return {"CANCELLED"}
        fixes = ClipFixes.of(context.object)
        if not self.remove:
            return self.correct(context, fixes.with_pins(frame, {self.landmark: tuple(self.place)}))
        if self.landmark not in fixes.keyframes.get(frame, {"pins": {}})["pins"]:
            self.report({"WARNING"}, rpt_("Point {} has no pin").format(self.landmark))
            return {"CANCELLED"}
        return self.correct(context, fixes.without_pin(frame, self.landmark))

    def _in_photo(self, context):
        corrections = Corrections.of(context.object)
        if self.remove and self.landmark not in corrections.pins:
            self.report({"WARNING"}, rpt_("Point {} has no pin").format(self.landmark))
            return {"CANCELLED"}
        place = None if self.remove else tuple(self.place)
        return self.recapture(context, {context.object: corrections.with_pin(self.landmark, place)})

    def press(self, context, event):
        """Take hold of the landmark under the mouse, or remove its pin."""
        head = context.object
        if not has_landmarks(head):
            self.report({"ERROR"}, rpt_("{} has other vertices than the bake; use Face Box").format(head.name))
            return None
        held = self._point_at(context, mouse_of(event))
        if held is None:
            return None
        self.landmark, start = held
        self.remove = event.ctrl
        if self.remove:
            self.let_go(context)
            return self.execute(context)
        self.holds = True
        self.place = self.view(context).to_photo(start)
        return {"RUNNING_MODAL"}

    def _point_at(self, context, mouse) -> tuple[int, np.ndarray] | None:
        """Return the point to take hold of, and where the region shows it: a landmark, a pin, or what is under it."""
        head = context.object
        pins = pins_in_clip(context) if can_be_fixed(head) else Corrections.of(head).pins
        pinned = [point for point in pins if point >= surface_points.LANDMARKS]
        landmarks = to_region(landmarks_of(head), context.region, context.region_data)
        places = [*landmarks, *(self.view(context).to_region(pins[point]) for point in pinned)]
        distance = np.linalg.norm(np.array(places) - mouse, axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] <= REACH * ui_scale():
            return [*range(len(landmarks)), *pinned][nearest], places[nearest]
        under = point_under(head, context, mouse)
        return under and (under[0], to_region(under[1][None], context.region, context.region_data)[0])

    def drag(self, context, event):
        self.place = self.view(context).to_photo(mouse_of(event))
        SESSION.drag.landmark = self.landmark, *self.place

    def release(self, context, _event):
        self.let_go(context)
        return self.execute(context)
