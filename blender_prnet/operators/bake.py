# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips become heads that play the performance: what all operators that bake have in common."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..data.bake import TEXTURE_FRAMES, BuildOptions
from ..data.sources import SourceError, Take
from ..installation import bake_folder, cache_folder
from ..jobs.bake import BakeJob, InterruptedBake, check_lengths
from ..scene.identity import can_play
from ..scene.lens import chosen_lens
from ..session import SESSION
from .building import BakeBuilder
from .progress import BlenderScreen
from .running import RunsJob


class BakesTakes(RunsJob):
    """Mixin: bakes takes with the settings of the scene."""

    def bake(self, context, takes: list[Take]):
        """Run the bake. Call as the last thing of execute()."""
        settings, screen = context.scene.prnet_bake, BlenderScreen(self)
        screen.clear_report()
        _remember(context, None)
        options = options_of(settings)
        try:
            check_lengths(takes, options)
            message = track_message(settings)
        except SourceError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        except OSError as error:
            text = rpt_("{} cannot be made: {}. Choose another cache folder")
            self.report({"ERROR"}, text.format(error.filename, error.strerror))
            return {"CANCELLED"}
        builder = BakeBuilder(options, cut=len(takes) > 1, message=message)
        job = BakeJob(SESSION.request, takes, message, options, builder, screen, SESSION.threads)
        return self.run(context, job)

    def cancel(self, context):
        super().cancel(context)
        SESSION.preview.clear()

    def finish(self, context, outcome):
        SESSION.preview.clear()
        _remember(context, self.job.interrupted)
        return super().finish(context, outcome)


class ResumesBake(BakesTakes):
    """Mixin: continues with the bake that was interrupted."""

    @classmethod
    def poll(cls, context):
        return SESSION.interrupted_bake is not None and super().poll(context)


def options_of(settings) -> BuildOptions:
    """Return how performances are built. settings: Scene.prnet_bake."""
    identity = settings.use_head.name if can_play(settings.use_head) else ""
    return BuildOptions(settings.result, settings.keys, settings.frame_limit, settings.moves, bake_folder(), identity)


def track_message(settings) -> dict:
    """Return the track request without its source, and make its cache folder. Raises OSError.

    settings: Scene.prnet_bake; it keeps the cache folder, so that it is found again when the file is saved elsewhere.
    """
    cache = cache_folder(settings)
    cache.mkdir(parents=True, exist_ok=True)
    if not settings.cache_folder:
        settings.cache_folder = bpy.path.relpath(str(cache)) if bpy.data.is_saved else str(cache)
    options = {
        "model": settings.model,
        "people": settings.person if settings.people == "one" else settings.people,
        "smoothing": smoothing_of(settings),
        "gaps": settings.gaps,
        "density": settings.density,
        "texture_size": int(settings.texture_size),
        "lens": chosen_lens(settings.lens),
        "preview": not bpy.app.background,
        "topology": "head" if settings.result == "head" and not can_play(settings.use_head) else "grid",
    }
    return {"type": "track", "options": options, "cache": str(cache), **_textures(settings)}


def _textures(settings) -> dict:
    """Return what a track request says of the frames' textures. settings: Scene.prnet_bake."""
    if settings.texture == "merged" or can_play(settings.use_head):  # a head made before keeps its own
        return {}
    return {"textures": "", "textures_up_to": TEXTURE_FRAMES if settings.texture == "automatic" else None}


def smoothing_of(settings) -> float | dict[str, float]:
    """Return the option `smoothing` of a track request. settings: Scene.prnet_bake."""
    if not settings.smooth_apart:
        return settings.smoothing
    own = {name: getattr(settings, f"smooth_{name}") for name in ("position", "depth", "rotation")}
    return {**own, "expression": settings.smoothing}


def _remember(context, interrupted: InterruptedBake | None) -> None:
    """Keep a bake that can be resumed, and show it in the panel; None forgets the last."""
    SESSION.interrupted_bake = interrupted
    context.window_manager.prnet_bake.offer = interrupted.describe() if interrupted else ""
