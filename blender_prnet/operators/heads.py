# SPDX-License-Identifier: GPL-3.0-or-later
"""Many heads come into the scene, a few at a time, while the window stays alive."""

import os
from collections.abc import Iterable

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..data.face import Face
from ..data.model_head import ModelHead
from ..interface import printable
from ..scene.camera import hide_cameras
from ..scene.capture import SceneBuilder
from ..scene.model_head import put_on_model
from ..worker import WorkerError
from .modal import WaitsForWorker, redraw
from .pace import Pace
from .preparing import Preparing, Rests
from .report import Tally, counted


class StreamsHeads(WaitsForWorker):
    """Mixin. A subclass gives `work()`, a generator that yields wherever the window may breathe and puts into
    `preparing` the Faces of a photo and then its entry of report.json, and `home_of(scene, path)`, the collection for
    what comes of a photo. Between yields anything may happen to Blender's data.
    """

    stopped = False

    def stream(self, context, builder: SceneBuilder):
        """Start. Call as the last thing of execute()."""
        self.preparing = Preparing()
        self._builder, self._rests, self._pace = builder, Rests(), Pace()
        self._heads = 0
        self._steps = self.work()
        return self.begin(context)

    def plan(self, photos: Iterable[str]) -> None:
        """The photos whose heads are to come; `left` are those that have not."""
        self.left = dict.fromkeys(photos)
        self._total = len(self.left)

    def advance(self, _context):
        return next(self._steps, True) is True

    def stop(self):
        self.stopped = True

    def abandon(self):
        self.stopped = True
        self._steps.close()

    def conclude(self, context, error: WorkerError | None):
        failed = len(context.window_manager.prnet_folder.failed)
        heads = counted(self._heads, "1 head imported", "{} heads imported")
        if self.left:
            heads = rpt_("Stopped, {}, {} photos left").format(heads, len(self.left))
        if failed:
            fruitless = counted(failed, "1 file gave none", "{} files gave none")
            heads = rpt_("{}; {}, see the list in the Face Capture tab").format(heads, fruitless)
        if error:
            Tally(context.window_manager.prnet.report).note_worker(error)
            self.report({"ERROR"}, f"{error} {error.remedy}".strip() + (f" ({heads}.)" if self._heads else ""))
        else:
            self.report({"INFO" if self._heads and not failed else "WARNING"}, heads)
        redraw(context)
        return {"FINISHED"} if self._heads else {"CANCELLED"}

    def build(self) -> None:
        """Some of what is prepared, as far as the window can take it now."""
        if allowance := self._rests.allowance():
            new = [self._take(one) for one in self.preparing.ready(allowance)]
            for collection in filter(None, new):  # at last: the view layer takes note of what is new once
                hide_cameras(collection)
        state, done = bpy.context.window_manager.prnet, self._total - len(self.left)
        state.progress = done / max(self._total, 1)
        state.text = self._pace.text(done, self._total)

    def fail(self, path: str, reason: str) -> None:
        """List a file that gives no head."""
        line = bpy.context.window_manager.prnet_folder.failed.add()
        line.name, line.path, line.reason = printable(os.path.basename(path)), path, printable(reason)

    def _take(self, one) -> bpy.types.Collection | None:
        """The collection of the head that came of it, if one did."""
        if isinstance(one, Face):
            scene = bpy.context.scene
            collection = self._builder.add(scene, one, self.home_of(scene, one.path))
            self._heads += 1
            self._rests.added()
            return collection
        elif isinstance(one, ModelHead):
            head = bpy.data.objects.get(self._builder.head_name)
            if head:  # the user may have deleted it already
                put_on_model(head, one)
        else:
            self.left.pop(one["path"], None)
            if one["status"] != "ok":
                reason = rpt_("no face found") if one["status"] == "no_face" else one.get("error") or one["status"]
                self.fail(one["path"], reason.removeprefix(f"{one['path']}: "))
        return None
