# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Blender shows what a job does: the panels, the status bar, the cursor and the reports."""

import os
import time

import bpy
from bpy.app.translations import pgettext_iface as iface_
from bpy.app.translations import pgettext_rpt as rpt_

from ..interface import printable

REDRAW_SECONDS = 0.25  # between two pictures of the progress: each draws the 3D View too, which the sidebar overlaps
REDRAWN = {"VIEW_3D": "UI", "IMAGE_EDITOR": "UI", "SEQUENCE_EDITOR": "UI", "PREFERENCES": "WINDOW"}  # area -> region


class BlenderScreen:
    """The Screen (jobs.job) of an operator's job: the states in the window manager, which the panels draw."""

    def __init__(self, operator: bpy.types.Operator):
        self._operator = operator

    @staticmethod
    def clear_report() -> None:
        bpy.context.window_manager.prnet.report.clear()

    def show(self, text: str, progress: float | None = None) -> None:
        state = bpy.context.window_manager.prnet
        state.text = text
        if progress is not None:
            state.progress = progress

    def warn(self, text: str) -> None:
        self._operator.report({"WARNING"}, text)

    def list_problem(self, name: str, status: str, message: str) -> None:
        line = bpy.context.window_manager.prnet.report.add()
        line.name, line.status, line.message = name, status, message

    def list_failed_file(self, path: str, reason: str) -> None:
        line = bpy.context.window_manager.prnet_folder.failed.add()
        line.name, line.path, line.reason = printable(os.path.basename(path)), path, printable(reason)

    @property
    def failed_files(self) -> int:
        return len(bpy.context.window_manager.prnet_folder.failed)

    def translate(self, text: str) -> str:
        return rpt_(text)


class ProgressDisplay:
    """Marks the job as running, and shows its progress in the window, if there is one, until `end`."""

    def __init__(self, context: bpy.types.Context, step_seconds: float):
        state = context.window_manager.prnet
        state.running, state.progress, state.text = True, 0.0, iface_("Starting Python with the network's libraries")
        self._timer = self._shown = None
        self._drawn = 0.0
        if not bpy.app.background:
            self._timer = context.window_manager.event_timer_add(step_seconds, window=context.window)
            context.window_manager.progress_begin(0, 100)

    def update(self, context: bpy.types.Context) -> None:
        """Redraw if anything has changed, at intervals, as drawing the sidebar may take longer than a step."""
        state, now = context.window_manager.prnet, time.monotonic()
        if self._shown == (state.text, state.progress) or now < self._drawn + REDRAW_SECONDS:
            return
        self._shown, self._drawn = (state.text, state.progress), now
        context.window_manager.progress_update(round(100 * state.progress))
        context.workspace.status_text_set(f"Face Capture: {state.text}   |   Esc: Stop")
        redraw(context)

    def end(self, context: bpy.types.Context) -> None:
        manager = context.window_manager
        manager.prnet.running, manager.prnet.text = False, ""
        if self._timer:
            manager.event_timer_remove(self._timer)
            self._timer = None
            manager.progress_end()
            context.workspace.status_text_set(None)
        redraw(context)


def redraw(context: bpy.types.Context) -> None:
    """Redraw the panels and the preferences."""
    for window in context.window_manager.windows:
        for area in window.screen.areas:
            shown = REDRAWN.get(area.type)
            for region in area.regions:
                if region.type == shown:
                    region.tag_redraw()
