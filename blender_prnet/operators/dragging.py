# SPDX-License-Identifier: GPL-3.0-or-later
"""Something is dragged on a photo before the worker is asked."""

import numpy as np
from bpy.app.translations import pgettext_iface as iface_

from ..scene.photo_view import through_camera
from .look_through import look_through

# While it is held, for the overlay. "landmark": its number, x and y; "box": left, top, right and bottom; photo pixels.
DRAGGED: dict[str, tuple[float, ...]] = {}


class DragsOnPhoto:
    """Mixin, before one that waits for the worker. A subclass gives `hint`, a line for the status bar, and `press`,
    `drag` and `release` (context, event), which answer the mouse: `press` sets `self.holds` if it takes something, and
    it and `release` return the operator's result, None for none; `self.by_tool`: the mouse was pressed to begin with.
    The photo is that of the active head, as its camera shows it in a 3D View, unless `view(context)` gives another.
    """

    holds = False

    def view(self, context):
        """None: the photo is not to be seen."""
        return through_camera(context, context.object)

    def invoke(self, context, event):
        self.by_tool = event.type == "LEFTMOUSE" and event.value in {"PRESS", "CLICK_DRAG"}
        if self.view(context) is None:
            if not look_through(self, context, context.object):
                return {"CANCELLED"}
            if self.by_tool:
                return {"FINISHED"}  # what was pressed on is no longer there
        context.workspace.status_text_set(iface_(self.hint))
        result = {"RUNNING_MODAL"}
        if self.by_tool:
            result = self.press(context, event) or self.let_go(context, {"CANCELLED", "PASS_THROUGH"})
        if "RUNNING_MODAL" in result:
            self.listen(context)
        return result

    def modal(self, context, event):
        if self._job is not None:
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
        if self._job is not None:
            super().cancel(context)

    def let_go(self, context, result=None):
        """Hold nothing any more; gives `result` back."""
        self.holds = False
        DRAGGED.clear()
        context.workspace.status_text_set(None)
        if context.area:
            context.area.tag_redraw()
        return result


def mouse_of(event) -> np.ndarray:
    """(2,) in its region."""
    return np.array([event.mouse_region_x, event.mouse_region_y], float)
