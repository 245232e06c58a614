# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell of operators that wait for the worker: a timer in a window, a plain loop where there is none."""

import time
from contextlib import contextmanager

import bpy

from ..worker import WorkerError

TIMER_SECONDS = 0.1
REDRAWN = {"VIEW_3D": "UI", "IMAGE_EDITOR": "UI", "SEQUENCE_EDITOR": "UI", "PREFERENCES": "WINDOW"}  # area -> region


class WaitsForWorker:
    """Mixin. A subclass gives `advance(context) -> bool` (True when finished), `stop()` (the user's Esc),
    `abandon()` (Blender needs it to end now) and `conclude(context, error) -> set`, the operator's result."""

    _timer = _shown = None
    _listens = False

    @classmethod
    def poll(cls, context):
        if context.window_manager.prnet.running:
            cls.poll_message_set("The worker is busy; Esc stops it")
            return False
        return True

    def begin(self, context):
        """Run until finished if in background, else go modal. Call as the last thing of execute()."""
        state = context.window_manager.prnet
        state.running, state.progress, state.text = True, 0.0, "Starting the worker"
        if bpy.app.background:
            return self._run(context)
        self._timer = context.window_manager.event_timer_add(TIMER_SECONDS, window=context.window)
        context.window_manager.progress_begin(0, 100)
        self.listen(context)
        return {"RUNNING_MODAL"}

    def listen(self, context):
        """Have modal() called; for operators that listen to the mouse before they ask the worker."""
        if not self._listens:
            self._listens = True
            context.window_manager.modal_handler_add(self)

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self.stop()
            context.window_manager.prnet.text = "Stopping"
            return {"RUNNING_MODAL"}
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}  # an undo now would tear the capture's one step apart
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        with self._cleaned_up_on_failure(context):
            finished, error = self._try_to_advance(context)
        self._show(context)
        return self._end(context, error) if finished else {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends the operator, for instance because another file is loaded."""
        self.abandon()
        self._clean_up(context)

    def _run(self, context):
        with self._cleaned_up_on_failure(context):
            while not (outcome := self._try_to_advance(context))[0]:
                time.sleep(0.01)
        return self._end(context, outcome[1])

    @contextmanager
    def _cleaned_up_on_failure(self, context):
        try:
            yield
        except BaseException:  # not least the user's Ctrl-C in the terminal
            self.cancel(context)
            raise

    def _try_to_advance(self, context):
        try:
            return self.advance(context), None
        except WorkerError as error:
            return True, error

    def _end(self, context, error):
        self._clean_up(context)
        return self.conclude(context, error)

    def _show(self, context):
        """Only what has changed: to draw the sidebar may take longer than a tick."""
        state = context.window_manager.prnet
        if self._shown == (state.text, state.progress):
            return
        self._shown = state.text, state.progress
        context.window_manager.progress_update(round(100 * state.progress))
        context.workspace.status_text_set(f"Face Capture: {state.text}   |   Esc: Stop")
        redraw(context)

    def _clean_up(self, context):
        manager = context.window_manager
        manager.prnet.running, manager.prnet.text = False, ""
        if self._timer:
            manager.event_timer_remove(self._timer)
            self._timer = None
            manager.progress_end()
            context.workspace.status_text_set(None)
        redraw(context)


def redraw(context):
    """Panels and preferences show what has changed."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            shown = REDRAWN.get(area.type)
            for region in area.regions:
                if region.type == shown:
                    region.tag_redraw()
