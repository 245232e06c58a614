# SPDX-License-Identifier: GPL-3.0-or-later
"""A character that a live face moves: its ARKit keys, the rotation of its head, and takes of both as actions."""

from __future__ import annotations

import re

import bpy
import numpy as np
from mathutils import Matrix, Quaternion

from ..data.live import NAMES, LivePose, LiveTake, Rest, acted_weights, local_turn
from ..data.timing import Keyframes
from .blendshapes import weights_of
from .curves import write_curves
from .head_turn import Turnable, animate_turn, new_action, rotation_of, set_turn, turnable
from .key_names import moved_blocks
from .shape_keys import value_path
from .timeline import scene_rate

PICTURE = "Live Camera"  # the image that shows the camera's pictures


class LivePuppet:
    """Moves the character that the scene's live settings name. What is missing is left out, and does not fail.

    rest: the person's neutral face; pose: the last one that was seen; take: what is being recorded, or None; stopped:
    whether the user has had enough
    """

    def __init__(self, scene: bpy.types.Scene):
        self._scene_name = scene.name
        self.rest = Rest()
        self.pose: LivePose | None = None
        self.take: LiveTake | None = None
        self.stopped = False
        self._first_frame = 0
        settings = scene.prnet_live
        self._target_name, self._head_name = (thing.name if thing else "" for thing in (settings.target, settings.head))
        self._at_rest = {name: rotation_of(thing) for name, thing in self._turning().items()}

    def move(self, pose: LivePose | None, picture: np.ndarray | None) -> None:
        """Do as jobs.live.Puppet.move."""
        scene = bpy.data.scenes.get(self._scene_name)
        if scene is None:
            return
        settings = scene.prnet_live
        if picture is not None:
            show_picture(picture[:, ::-1] if settings.mirror else picture)
        if pose is None:
            return
        self.pose = pose.mirrored() if settings.mirror else pose
        weights = acted_weights(self.pose, self.rest, settings.gains, settings.offsets)
        for block, places in self._moved():
            block.value = weights[places].mean()
        turn = Matrix(local_turn(self.pose, self.rest).tolist()).to_quaternion()
        self._turn(turn)
        if self.take is not None:
            self.take.add(pose.time, np.concatenate([weights, turn]))

    def calibrate(self) -> bool:
        """Take the present face as the neutral one; False if nobody is seen yet."""
        if self.pose is None:
            return False
        self.rest = Rest(self.pose.weights, self.pose.rotation)
        return True

    def start_take(self, scene: bpy.types.Scene, countdown: float) -> None:
        """Begin a take that starts so many seconds from now, at the scene's present frame."""
        self._first_frame = scene.frame_current
        self.take = LiveTake((self.pose.time if self.pose else 0.0) + countdown)

    def end(self) -> str:
        """Do as jobs.live.Puppet.end: write the take as actions, which keep the ones before."""
        take, self.take = self.take, None
        scene = bpy.data.scenes.get(self._scene_name)
        if take is None or scene is None or not len(take):
            return ""
        rows = take.resampled(scene_rate(scene))
        count = len(rows)
        keys = Keyframes(np.arange(count), self._first_frame + np.arange(count), np.arange(count) == count - 1)
        target = bpy.data.objects.get(self._target_name)
        label = f"Take {_takes() + 1}"
        moved = self._moved()
        if moved:
            datablock = target.data.shape_keys
            new_action(datablock, f"{label} {target.name}")
            paths = [(value_path(block, len(datablock.key_blocks)), 0) for block, _ in moved]
            write_curves(datablock, paths, keys, weights_of(moved, rows[:, : len(NAMES)]))
        for name, thing in self._turning().items():
            animate_turn(thing, self._at_rest[name], rows[:, len(NAMES) :], keys, f"{label} {name}")
        scene.frame_end = max(scene.frame_end, self._first_frame + count - 1)
        return f"{label}: {count} frames"

    def _moved(self) -> list[tuple[bpy.types.ShapeKey, list[int]]]:
        """Return the character's shape keys that NAMES move, as by moved_blocks."""
        target = bpy.data.objects.get(self._target_name)
        return moved_blocks(target, NAMES) if target else []

    def _turning(self) -> dict[str, Turnable]:
        """Return name -> the object or bone that carries the head's rotation: none or one."""
        scene = bpy.data.scenes.get(self._scene_name)
        head = bpy.data.objects.get(self._head_name)
        thing = turnable(head, scene.prnet_live.bone) if head and scene else None
        return {thing.name: thing} if thing else {}

    def _turn(self, turn: Quaternion) -> None:
        for name, thing in self._turning().items():
            if name in self._at_rest:
                set_turn(thing, self._at_rest[name], turn)


def show_picture(picture: np.ndarray) -> None:
    """Put a picture (h, w, 3) uint8 into the image PICTURE, which is made or resized where needed."""
    height, width = picture.shape[:2]
    image = bpy.data.images.get(PICTURE) or bpy.data.images.new(PICTURE, width, height)
    if tuple(image.size) != (width, height):
        image.scale(width, height)
    pixels = np.ones((height, width, 4), np.float32)
    pixels[..., :3] = picture[::-1].astype(np.float32) / 255
    image.pixels.foreach_set(pixels.ravel())
    image.update()


def forget_picture() -> None:
    """Remove the last picture of the camera: none is kept unasked."""
    image = bpy.data.images.get(PICTURE)
    if image:
        bpy.data.images.remove(image)


def _takes() -> int:
    """Return the number of the last take in the file."""
    numbers = (re.match(r"Take (\d+) ", action.name) for action in bpy.data.actions)
    return max((int(number[1]) for number in numbers if number), default=0)
