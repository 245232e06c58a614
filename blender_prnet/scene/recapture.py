# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head takes the shape of a new capture of the same photo, in its place."""

import bpy
import numpy as np
from mathutils import Matrix

from ..data.coordinates import METRE, View, head_at_rest_camera, local_vertices
from ..data.face import Face
from ..interface import UPRIGHT, read_orientation
from .camera import orient
from .capture import describe
from .corrections import FIRST_PLACE, Corrections
from .head import reshape_head
from .measures import colour_by, write_measures
from .model_head import TOPOLOGY
from .photo import own_file


def is_captured(thing: bpy.types.Object | None) -> bool:
    """Whether it is a head that a photo gave."""
    return thing is not None and "prnet_landmarks" in thing


def camera_of_head(head: bpy.types.Object) -> bpy.types.Object | None:
    """The camera of the head's photo; None if the user has deleted it."""
    things = [thing for collection in head.users_collection for thing in collection.objects]
    return next((thing for thing in things if thing.type == "CAMERA"), None)


def photo_of(head: bpy.types.Object) -> bpy.types.Image | None:
    """The photo that the head's camera shows; None if it is gone."""
    camera = camera_of_head(head)
    backgrounds = camera.data.background_images if camera else ()
    return backgrounds[0].image if len(backgrounds) else None


def heads_of(camera: bpy.types.Object) -> list[bpy.types.Object]:
    """The captured heads that share the camera."""
    return [thing for collection in camera.users_collection for thing in collection.objects if is_captured(thing)]


def recapture(scene: bpy.types.Scene, head: bpy.types.Object, face: Face, corrections: Corrections) -> None:
    """Let `head` be `face`, and remember the corrections that it comes from."""
    vertices = local_vertices(face.vertices, face.pose)
    if FIRST_PLACE not in head:
        head[FIRST_PLACE] = list(head["prnet_box"])
    _place(head, camera_of_head(head), face)
    if TOPOLOGY not in head:  # or else the mesh comes after
        reshape_head(head, vertices, face.quads, face.uv, face.texture)
        write_measures(head.data, face.measures)
        colour_by(head, scene.prnet_overlay.colours)
    describe(head, face)
    corrections.keep(head)
    _mirror_photo(camera_of_head(head), corrections.mirrored, face.image_size)


def _place(head, camera, face):
    """Head or camera, whichever carries the pose, moves to where the new pose has it."""
    size, moves, alone = face.image_size, head.get("prnet_moves", "head"), len(heads_of(camera)) == 1
    standing = Matrix(View(size, 1.0, 0.0, np.eye(4)).camera_matrix().tolist())  # as the camera stands before a photo
    photo = camera.matrix_world @ standing.inverted()
    if alone and abs(head.matrix_world.to_scale().x - 1) < 1e-3:  # it is what sets the scale of its photo
        camera.data.ortho_scale = METRE / face.pose.scale * max(size)
    unit = camera.data.ortho_scale / max(size)
    at_rest = Matrix(head_at_rest_camera(face.pose, size, unit).tolist())
    if moves == "camera" and alone:
        camera.matrix_world = head.matrix_world @ at_rest.inverted() @ standing
    else:
        head.matrix_world = photo @ at_rest


def _mirror_photo(camera, mirrored, image_size):
    background = camera.data.background_images[0]
    path = own_file(background.image)
    orientation = read_orientation(path) if path else UPRIGHT
    orient(background, orientation.mirrored() if mirrored else orientation, image_size)
