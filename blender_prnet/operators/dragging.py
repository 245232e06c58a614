# SPDX-License-Identifier: GPL-3.0-or-later
"""Dragging on a photo, which comes before a job."""

import numpy as np
from bpy.app.translations import pgettext_iface as iface_

from ..scene.photo_view import through_camera
from ..session import SESSION
from .look_through import look_through


class DragsOnPhoto:
    """Mixin, to be named before RunsJob: lets the user drag on the photo of the active head, and then runs a job.

    A subclass has `hint`, a line for the status bar, and the methods `press`, `drag` and `release` (context, event).
    `press` sets `self.holds` if it takes hold of something; it and `release` return the operator's result or None.
    `view(context)` may be overridden for other photos. `self.by_tool` says that the operator began with a press.
    """

    holds = False

    def view(self, context):
        """Return the photo's PhotoView, None if the photo is not visible."""
        return through_camera(context, context.object)

    def invoke(self, context, event):
        self.by_tool = event.type == "LEFTMOUSE" and event.value in {"PRESS", "CLICK_DRAG"}
        if self.view(context) is None:
            if not look_through(self, context, context.object):
                return {"CANCELLED"}
            if self.by_tool:
                return {"FINISHED"}  # the view has changed under the mouse
        context.workspace.status_text_set(iface_(self.hint))
        result = {"RUNNING_MODAL"}
        if self.by_tool:
            result = self.press(context, event) or self.let_go(context, {"CANCELLED", "PASS_THROUGH"})
        if "RUNNING_MODAL" in result:
            self.listen(context)
        return result

    def modal(self, context, event):
        if self.job is not None:
            return super().modal(context, event)
        if (event.type in {"ESC", "RIGHTMOUSE"} and event.value == "PRESS") or self.view(context) is None:
            return self.let_go(context, {"CANCELLED"})
        if not self.holds:
            pressed = event.type == "LEFTMOUSE" and event.value == "PRESS"
            return (self.press(context, event) if pressed else None) or {"PASS_THROUGH"}  # the user may zoom in first
        if event.type == "MOUSEMOVE":
            self.drag(context, event)
            context.area.tag_redraw()
        elif event.type == "LEFTMOUSE" and event.value == "RELEASE":
            return self.release(context, event)
        return {"RUNNING_MODAL"}

    def cancel(self, context):
        self.let_go(context)
        if self.job is not None:
            super().cancel(context)

    def let_go(self, context, result=None):
        """End the drag, and return `result`."""
        self.holds = False
        SESSION.drag.clear()
        context.workspace.status_text_set(None)
        if context.area:
            context.area.tag_redraw()
        return result


def mouse_of(event) -> np.ndarray:
    """Return the mouse's place (2,) in pixels of its region."""
    return np.array([event.mouse_region_x, event.mouse_region_y], float)
