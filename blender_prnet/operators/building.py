# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings what jobs have prepared into the scene, and turns the view to it.

Builders keep no Blender data between two calls, because the user may delete it or undo meanwhile.
"""

from collections.abc import Callable, Sequence

import bpy

from ..data.bake import BuildOptions, PreparedPerformance
from ..data.bake_record import BakeRecord
from ..data.face import CapturedFace
from ..data.merged_head import MergedHead
from ..data.model_head import ModelHead
from ..data.sources import Take
from ..jobs.job import BuildError, Screen
from ..scene.bake import build_performance, frame_range
from ..scene.camera import camera_of, cut_to, frame_photo, hide_cameras
from ..scene.capture import SceneBuilder
from ..scene.captured import is_on_grid
from ..scene.captured_state import keep_captured
from ..scene.corrections import Corrections
from ..scene.default_scene import hide_default_scene
from ..scene.head import head_of
from ..scene.head_properties import HeadProperties, kind_of
from ..scene.lighting import light_scene
from ..scene.merged_head import build_merged_head, show_view
from ..scene.model_head import put_on_model
from ..scene.overlay_colours import show_textures
from ..scene.recapture import RecaptureError, recapture
from ..scene.refit import refit
from ..scene.timeline import is_still, take_rate
from ..scene.viewing import frame_heads, look_through_camera
from ..session import SESSION


class OnModel:
    """Mixin: the part of a HeadBuilder that is the same for all."""

    @staticmethod
    def put_on_model(head: str, model_head: ModelHead) -> bool:
        """Give the head of that name a head model's mesh; False if the user has deleted it."""
        thing = bpy.data.objects.get(head)
        if thing:
            put_on_model(thing, model_head)
            if model_head.shapes:  # heads without keys are many: they are to stay small
                keep_captured(thing)
        return thing is not None


class CaptureBuilder(OnModel):
    """Builds the heads of a capture, and shows the first."""

    def __init__(self, builder: SceneBuilder):
        self._builder = builder
        self._built = False

    def build(self, face: CapturedFace) -> str:
        head = head_of(self._builder.add(bpy.context.scene, face))
        if bpy.context.scene.prnet.topology == "grid":  # a head model's mesh follows in a message of its own
            keep_captured(head)
        if not self._built:
            self._built = True
            show_photo_head(bpy.context, head, face.image_size)
        return self._builder.head_name


class StreamedBuilder(OnModel):
    """Builds many heads, with hidden cameras. home_of: returns the collection for what comes of the photo at a path."""

    def __init__(self, builder: SceneBuilder, home_of: Callable[[bpy.types.Scene, str], bpy.types.Collection]):
        self._builder, self._home_of = builder, home_of
        self._new: list[bpy.types.Collection] = []  # within one step
        self._built = False

    def place(self, faces: Sequence[CapturedFace]) -> None:
        self._builder.place(bpy.context.scene, faces)

    def build(self, face: CapturedFace) -> str:
        scene = bpy.context.scene
        self._new.append(self._builder.add(scene, face, self._home_of(scene, face.path)))
        if not self._built:
            self._built = True
            show_heads(scene)
        return self._builder.head_name

    def settle(self) -> None:
        """Hide the new cameras, all at once: the view layer is updated only once then."""
        for collection in self._new:
            hide_cameras(collection)
        self._new.clear()


class RecaptureBuilder(OnModel):
    """Gives heads that are there a new capture. wanted: the heads' names and the corrections that were sent."""

    def __init__(self, wanted: Sequence[tuple[str, Corrections]]):
        self._wanted = wanted

    def build(self, face: CapturedFace) -> str:
        name, corrections = self._wanted[face.index]
        head = bpy.data.objects.get(name)
        if head is None:  # the user has deleted it
            return ""
        try:
            recapture(bpy.context.scene, head, face, corrections)
        except RecaptureError as error:
            raise BuildError(name, str(error)) from error
        if is_on_grid(head):
            keep_captured(head)
        return name


class BakeBuilder:
    """Builds the heads of performances, and shows the first.

    cut: switch the scene to each take's camera in turn; message: see scene.bake.build_performance
    """

    def __init__(self, options: BuildOptions, cut: bool = False, message: dict | None = None):
        self._options, self._cut, self._message = options, cut, message
        self._built = False

    def build(self, prepared: PreparedPerformance, take: Take) -> None:
        scene = bpy.context.scene
        leads = scene.prnet_bake.frame_clip and not take.segments and is_still(scene)
        if leads:
            take_rate(scene, prepared.performance.rate)
        head = head_of(build_performance(scene, prepared, take, self._options, self._message))
        show_performance(bpy.context, head, first=not self._built)
        if leads:
            scene.frame_end = frame_range(head)[1]
        if self._cut and scene.prnet_bake.frame_clip:
            cut_to(scene, camera_of(head), take.starts())
        self._built = True

    def show_preview(self, image) -> None:
        SESSION.preview.show(image)

    def show_pace(self, text: str) -> None:
        bpy.context.window_manager.prnet_bake.pace = text


class RefitBuilder:
    """Gives the head of that name the performance of its clip after corrections."""

    def __init__(self, name: str, record: BakeRecord, screen: Screen):
        self._name, self._record, self._screen = name, record, screen

    def build(self, prepared: PreparedPerformance, _take: Take) -> None:
        head = bpy.data.objects.get(self._name)
        if head is None:  # the user has deleted it
            return
        left = refit(bpy.context.scene, head, prepared, self._record)
        if left:
            self._screen.warn(left)

    def show_preview(self, image) -> None:
        pass  # nothing is shown of frames that are known

    def show_pace(self, text: str) -> None:
        bpy.context.window_manager.prnet_bake.pace = text


def build_merged(merged: MergedHead, model_head: ModelHead | None) -> None:
    """Build and show the head of several photos."""
    scene = bpy.context.scene
    head = head_of(build_merged_head(scene, merged, scene.prnet_overlay.colours, model_head))
    show_photo_head(bpy.context, head, merged.image_sizes[0])
    if scene.prnet.frame_photo:
        show_view(head, camera_of(head))  # otherwise the face would not lie on the photo


def show_photo_head(context: bpy.types.Context, head: bpy.types.Object, image_size: tuple[int, int]) -> None:
    """Select a new head, and turn the view to its photo if the settings say so."""
    show_heads(context.scene)
    if context.scene.prnet.frame_photo:
        frame_photo(context.scene, camera_of(head), image_size)
        look_through_camera(context, head)
    select_only(context, head, active=head)


def show_performance(context: bpy.types.Context, head: bpy.types.Object, first: bool) -> None:
    """Make the scene long enough for a new performance; select the first, and turn the view to it."""
    scene = context.scene
    if first:
        show_heads(scene)
    start, end = frame_range(head)
    if scene.prnet_bake.frame_clip:
        scene.frame_end = max(scene.frame_end, end)
        if first:
            frame_photo(scene, camera_of(head), HeadProperties.of(head).image_size)
            look_through_camera(context, head)
            scene.frame_set(start)
    if first:
        select_only(context, head, active=head)


def show_imported(context: bpy.types.Context, name: str) -> None:
    """Select the heads in the collection of that name, and turn the view to them.

    The active object stays: the panel of one head would push that of the import down.
    """
    collection = bpy.data.collections.get(name)
    heads = [thing for thing in collection.all_objects if kind_of(thing)] if collection else []
    if heads:
        select_only(context, *heads, active=context.view_layer.objects.active)
        frame_heads(context, heads)


def show_heads(scene: bpy.types.Scene) -> None:
    """Make views and renders of the scene show its first heads: nothing before them, light on them, their textures."""
    show_textures(scene)
    if sum(kind_of(thing) is not None for thing in scene.objects) == 1:
        hide_default_scene(scene)
        light_scene(scene)


def select_only(context: bpy.types.Context, *things: bpy.types.Object, active: bpy.types.Object | None) -> None:
    """Select these objects and nothing else."""
    if context.mode == "OBJECT":
        for thing in context.selected_objects:
            thing.select_set(False)
        for thing in things:
            thing.select_set(True)
        context.view_layer.objects.active = active
