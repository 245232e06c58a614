# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the jobs of operators: from a timer where there is a window, in a plain loop where there is none."""

import time

import bpy

from ..jobs.job import Job, Outcome
from ..worker import WorkerError
from .photo_files import PhotoFiles
from .progress import ProgressDisplay, redraw

LOOP_SECONDS = 0.01


class JobRun:
    """One run of a job: advances it, shows its progress, and cleans up however it ends."""

    def __init__(self, context, job: Job, files: PhotoFiles | None):
        """Start the job; without a window, run it until it has ended. files: temporary photos that it needs."""
        self.job, self.ended = job, False
        self._error: WorkerError | None = None
        self._files = files
        self._display: ProgressDisplay | None = None
        try:
            job.start()
        except WorkerError as error:
            self._end(context, error)
        else:
            self._display = ProgressDisplay(context, job.step_seconds)
            if bpy.app.background:
                self._run_to_its_end(context)

    def step(self, context) -> None:
        """Advance the job, and update what the window shows."""
        try:
            if self.job.advance():
                self._end(context)
            elif not bpy.app.background:
                self._display.update(context)
        except WorkerError as error:
            self._end(context, error)
        except BaseException:
            self.abandon(context)
            raise

    def _run_to_its_end(self, context):
        while not self.ended:
            self.step(context)
            try:
                time.sleep(LOOP_SECONDS)
            except KeyboardInterrupt:  # the user's Ctrl-C in the terminal
                self.abandon(context)
                raise

    def outcome(self) -> Outcome:
        return self.job.conclude(self._error)

    def abandon(self, context) -> None:
        """End the job at once."""
        self.job.abandon()
        self._end(context)

    def _end(self, context, error=None):
        self.ended, self._error = True, error
        if self._display:
            self._display.end(context)
        if self._files:
            self._files.forget()


class RunsJob:
    """Mixin: runs a job and reports its outcome. `job` is None until then."""

    _run: JobRun | None = None
    _listens = False

    @classmethod
    def poll(cls, context):
        if context.window_manager.prnet.running:
            cls.poll_message_set("The worker is busy; Esc stops it")
            return False
        return True

    @property
    def job(self) -> Job | None:
        return self._run and self._run.job

    def run(self, context, job: Job, files: PhotoFiles | None = None):
        """Run the job, without a window until it has ended. Call as the last thing of execute(). files: as JobRun."""
        self._run = JobRun(context, job, files)
        if self._run.ended:
            return self._conclude(context)
        self.listen(context)
        return {"RUNNING_MODAL"}

    def listen(self, context):
        """Have modal() called. Operators that listen to the mouse call this before they run a job."""
        if not self._listens:
            self._listens = True
            context.window_manager.modal_handler_add(self)

    def finish(self, _context, outcome: Outcome):
        """Report the outcome, and return the operator's result. A subclass may do more."""
        if outcome.text:
            self.report({outcome.level}, outcome.text.replace("\n", " "))
        return {"FINISHED" if outcome.succeeded else "CANCELLED"}

    def modal(self, context, event):
        if event.type == "ESC" and event.value == "PRESS":
            self.job.stop()
            context.window_manager.prnet.text = "Stopping"
            return {"RUNNING_MODAL"}
        if event.type == "Z" and (event.ctrl or event.oskey):
            return {"RUNNING_MODAL"}  # an undo now would tear the job's one step apart
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        self._run.step(context)
        return self._conclude(context) if self._run.ended else {"PASS_THROUGH"}

    def cancel(self, context):
        """Blender ends the operator, for instance because another file is loaded."""
        self._run.abandon(context)
        self._run = None

    def _conclude(self, context):
        result = self.finish(context, self._run.outcome())
        self._run = None  # which refers to the operator, whose memory Blender owns
        redraw(context)
        return result
