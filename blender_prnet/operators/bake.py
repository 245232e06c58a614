# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips become heads that play the performance: what every way of choosing clips has in common."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..data.bake import BakeOptions, free_path, prepare_performance
from ..data.performance import Performance, PerformanceError
from ..data.sources import SourceError, Take
from ..installation import CLIENT, bake_folder, cache_folder, worker_setup
from ..scene.bake import build_performance, frame_range
from ..scene.camera import camera_of, cut_to, frame_photo, look_through_camera
from ..scene.head import head_of
from ..scene.head_properties import HeadProperties
from ..session import SESSION
from ..worker import WorkerError
from .capture import select_only
from .modal import WaitsForWorker, redraw
from .pace import duration
from .report import Tally

BUDGET_SECONDS = 0.02
STAGES = {"load": "Loading", "track": "Tracking", "solve": "Solving", "texture": "Texture"}
_preparing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prnet prepare")


@dataclass(frozen=True)
class Interrupted:
    """A bake that ended early: the takes that it still had to do, and the last clip frame done of the first."""

    takes: tuple[Take, ...]
    done: int


class Leavings:
    """Remembers the last interrupted bake; holds no Blender data, which undo and another file would invalidate."""

    last: Interrupted | None = None


class BakesTakes(WaitsForWorker):
    """Mixin: sends clips to the worker, one after another, and builds what comes back."""

    _job = None
    _stopped = False

    def bake(self, context, takes: list[Take]):
        """Start. Call as the last thing of execute()."""
        settings = context.scene.prnet_bake
        context.window_manager.prnet.report.clear()
        _forget(context)
        self._tally = Tally(context.window_manager.prnet.report)
        self._takes, self._done = list(takes), None
        self._cuts = len(takes) > 1
        self._options = options_of(settings)
        self._textures_per_frame = settings.texture == "sequence"
        try:
            _check_lengths(takes, self._options)
            cache = cache_folder(settings)
            cache.mkdir(parents=True, exist_ok=True)
            self._request = {"type": "track", "options": track_options(settings), "cache": str(cache)}
            self._setup = worker_setup()
        except WorkerError as error:
            return self.conclude(context, error)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except OSError as error:
            self.report(
                {"ERROR"},
                rpt_("{} cannot be made: {}. Choose another cache folder").format(error.filename, error.strerror),
            )
            return {"CANCELLED"}
        if not settings.cache_folder:  # remembered, so that it is found again when the file is saved elsewhere
            settings.cache_folder = bpy.path.relpath(str(cache)) if bpy.data.is_saved else str(cache)
        self._steps = self._work()
        return self.begin(context)

    def advance(self, _context):
        return next(self._steps, True) is True

    def stop(self):
        self._stopped = True
        if self._job:
            self._job.cancel()

    def abandon(self):
        self._steps.close()
        if self._job:
            self._job.abandon()
        SESSION.preview.clear()

    def conclude(self, context, error):
        SESSION.preview.clear()
        if error:
            self._tally.note_worker(error)
        if self._takes and self._done is not None:
            _offer(context, Interrupted(tuple(self._takes), self._done))
        redraw(context)
        level, text = self._tally.summary(cancelled=self._stopped)
        self.report({level}, text)
        return {"FINISHED"} if self._tally.heads else {"CANCELLED"}

    def _work(self):
        """Yields wherever the window may breathe. Between yields anything may happen to Blender's data."""
        while self._takes and not self._stopped:
            take = self._takes[0]
            performances = []
            request = {**self._request, "source": take.clip.as_source(), "frames": take.frames()}
            if self._textures_per_frame:
                request["textures"] = str(free_path(self._options.caches / f"{take.clip.paths[0].stem} textures"))
            self._job = CLIENT.job(self._setup, request)
            try:
                yield from self._track(take, performances)
            except WorkerError as error:
                if not self._job.worker.alive:
                    raise
                self._tally.note(take.clip.name, "failed", f"{error} {error.remedy}".strip())
                self._next()
                continue
            if self._job.cancelled:
                return
            self._job = None
            if not performances:
                self._tally.note(take.clip.name, "no_face", rpt_("no face found"))
            for performance in performances:
                preparing = _preparing.submit(prepare_performance, performance, self._options)
                bpy.context.window_manager.prnet.text = f"Building the head of {take.clip.name}"
                while not preparing.done():
                    yield
                self._build(bpy.context, take, preparing)
            self._next()

    def _next(self):
        self._takes.pop(0)
        self._done = None

    def _track(self, take, performances):
        while not self._job.finished:
            for message, arrays in self._job.pump(BUDGET_SECONDS):
                self._hear(take, message, arrays, performances)
            yield

    def _hear(self, take, message, arrays, performances):
        kind = message["type"]
        if kind == "progress":
            state = bpy.context.window_manager.prnet
            state.progress = message["done"] / max(message["total"], 1)
            stage = STAGES.get(message["stage"], message["stage"])
            state.text = f"{stage} {take.clip.name}: {message['done']} of {message['total']}"
            bpy.context.window_manager.prnet_bake.pace = _pace(message)
            if message["stage"] == "track" and message["done"]:
                first, _, step = take.frames() or (0, None, 1)
                self._done = first + (message["done"] - 1) * step
        elif kind == "preview":
            SESSION.preview.show(arrays["image"])
        elif kind == "gap":
            frames = f"frames {message['first']} to {message['last']}"
            self._tally.note(take.clip.name, "gap", f"{frames}: {message['reason']}")
        elif kind == "warning":
            self._tally.note(take.clip.name, "warning", message["message"])
        elif kind == "performance":
            try:
                performances.append(Performance.from_entries({**message, **arrays}, int(message["person"])))
            except PerformanceError as error:
                self._tally.note(take.clip.name, "unreadable", str(error))

    def _build(self, context, take, preparing):
        try:
            collection = build_performance(context.scene, preparing.result(), take, self._options)
        except PerformanceError as error:
            self._tally.note(take.clip.name, "failed", str(error))
            return
        show_first(context, collection, first=self._tally.heads == 0)
        if self._cuts and context.scene.prnet_bake.frame_clip:
            cut_to(context.scene, camera_of(head_of(collection)), take.starts())
        self._tally.heads += 1


def show_first(context, collection, first=True):
    """Turn scene and view to a new performance, if the settings say so and it is the `first` of the bake."""
    head = head_of(collection)
    scene = context.scene
    start, end = frame_range(head)
    if scene.prnet_bake.frame_clip:
        scene.frame_end = max(scene.frame_end, end)
        if first:
            frame_photo(scene, camera_of(head), HeadProperties.of(head).image_size)
            look_through_camera(context)
            scene.frame_set(start)
    if first:
        select_only(context, head)


def options_of(settings) -> BakeOptions:
    return BakeOptions(settings.result, settings.keys, settings.frame_limit, settings.moves, bake_folder())


def track_options(settings) -> dict:
    return {
        "model": settings.model,
        "people": settings.person if settings.people == "one" else settings.people,
        "smoothing": settings.smoothing,
        "gaps": settings.gaps,
        "density": settings.density,
        "texture_size": int(settings.texture_size),
        "preview": not bpy.app.background,
    }


def _pace(message: dict) -> str:
    if message["stage"] != "track" or not message["rate"]:
        return ""
    return f"{message['rate']:.0f} frames/s, {duration(message['left_s'])} left"


def _check_lengths(takes, options):
    for take in takes:
        wanted = take.frames()
        count = wanted[1] - wanted[0] + 1 if wanted else len(take.clip.paths)
        if options.result == "frames" and count > options.frame_limit:
            raise SourceError(
                f"{take.clip.name}: {count} frames are more than the limit of {options.frame_limit} "
                "for a key per frame. Raise the limit or choose another result"
            )


def _offer(context, interrupted: Interrupted) -> None:
    Leavings.last = interrupted
    take = interrupted.takes[0]
    first, last, _ = take.frames() or (0, None, 1)
    total = f" of {last - first + 1}" if last is not None else ""
    context.window_manager.prnet_bake.offer = (
        f"{take.clip.name}: {interrupted.done - first + 1}{total} frames are tracked"
    )


def _forget(context) -> None:
    Leavings.last = None
    context.window_manager.prnet_bake.offer = ""
