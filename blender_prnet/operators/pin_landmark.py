# SPDX-License-Identifier: GPL-3.0-or-later
"""A landmark is put where it belongs, and the head follows."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, FloatVectorProperty, IntProperty

from ..drawing import scale, to_region
from ..photo_view import through_camera
from ..scene.corrections import Corrections
from ..scene.landmarks import landmarks_of
from .look_through import look_through
from .recapture import RecapturesHeads

REACH = 25  # pixels within which a click takes a landmark


class PRNET_OT_pin_landmark(RecapturesHeads, bpy.types.Operator):
    bl_idname = "prnet.pin_landmark"
    bl_label = "Pin Landmark"
    bl_description = (
        "Drag a landmark to where it belongs in the photo: it is pinned there, and the head follows. "
        "Six good ones, at eyes, nose, mouth and chin, put nearly any capture right. Ctrl takes a pin out"
    )
    bl_options = {"UNDO"}

    landmark: IntProperty(name="Landmark", description="In the order of iBUG's 300-W, from 0", min=0, max=67)
    place: FloatVectorProperty(
        name="Place", description="Pixels of the photo from its upper left corner, x and y", size=2
    )
    remove: BoolProperty(name="Remove", description="Take the landmark's pin out instead", options={"SKIP_SAVE"})

    dragged = None  # (landmark, x, y in the photo) while it is held, for the overlay

    def execute(self, context):
        corrections = Corrections.of(context.object)
        if self.remove and self.landmark not in corrections.pins:
            self.report({"WARNING"}, f"Landmark {self.landmark} has no pin")
            return {"CANCELLED"}
        place = None if self.remove else tuple(self.place)
        return self.recapture(context, {context.object: corrections.with_pin(self.landmark, place)})

    def invoke(self, context, event):
        by_tool = event.type == "LEFTMOUSE" and event.value in {"PRESS", "CLICK_DRAG"}
        if through_camera(context, context.object) is None:
            if not look_through(self, context, context.object):
                return {"CANCELLED"}
            if by_tool:
                return {"FINISHED"}  # what was pressed on is no longer there
        self._holds = False
        hint = "Drag a landmark   |   Ctrl + click: take its pin out   |   Esc: cancel"
        context.workspace.status_text_set(iface_(hint))
        result = {"RUNNING_MODAL"}
        if by_tool:
            result = self._press(context, event) or self._let_go(context, {"CANCELLED", "PASS_THROUGH"})
        if "RUNNING_MODAL" in result:
            self.listen(context)
        return result

    def modal(self, context, event):
        if self._job is not None:
            return super().modal(context, event)
        if event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            return self._let_go(context, {"CANCELLED"})
        view = through_camera(context, context.object)
        if view is None:
            return self._let_go(context, {"CANCELLED"})
        if event.type == "LEFTMOUSE" and event.value == "PRESS" and not self._holds:
            return self._press(context, event) or {"PASS_THROUGH"}
        if event.type == "MOUSEMOVE" and self._holds:
            self.place = view.to_photo(mouse_of(event))
            PRNET_OT_pin_landmark.dragged = self.landmark, *self.place
            context.area.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE" and self._holds:
            self._let_go(context, None)
            return self.execute(context)
        elif not self._holds:
            return {"PASS_THROUGH"}  # the user may zoom in first
        return {"RUNNING_MODAL"}

    def cancel(self, context):
        self._let_go(context, None)
        if self._job is not None:
            super().cancel(context)

    def _press(self, context, event):
        """Take the landmark under the mouse; None if there is none."""
        head = context.object
        view = through_camera(context, head)
        if view is None:
            return self._let_go(context, {"CANCELLED"})
        landmarks = to_region(landmarks_of(head), context.region, context.region_data)
        distance = np.linalg.norm(landmarks - mouse_of(event), axis=1)
        if distance.min() > REACH * scale():
            return None
        self.landmark = int(distance.argmin())
        self.remove = event.ctrl
        if self.remove:
            self._let_go(context, None)
            return self.execute(context)
        self._holds = True
        self.place = view.to_photo(landmarks[self.landmark])
        return {"RUNNING_MODAL"}

    def _let_go(self, context, result):
        PRNET_OT_pin_landmark.dragged = None
        context.workspace.status_text_set(None)
        if context.area:
            context.area.tag_redraw()
        return result


def mouse_of(event) -> np.ndarray:
    """(2,) in its region."""
    return np.array([event.mouse_region_x, event.mouse_region_y], float)
