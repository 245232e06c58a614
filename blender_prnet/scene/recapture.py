# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head takes the shape of a new capture of the same photo, in its place."""

import bpy
import numpy as np
from mathutils import Matrix

from ..data.coordinates import METRE, View, head_at_rest_camera, local_vertices
from ..data.face import Face
from ..interface import UPRIGHT, read_orientation
from .camera import camera_of, heads_of, orient, photo_of
from .capture import properties_of
from .corrections import Corrections
from .head import reshape_head
from .head_properties import HeadKind, HeadProperties, change_properties, kind_of
from .measures import colour_by, write_measures
from .photo import own_file


class RecaptureError(Exception):
    """A head cannot take a new capture any more. The message says why, and what to do."""


def recapture(scene: bpy.types.Scene, head: bpy.types.Object, face: Face, corrections: Corrections) -> None:
    """Give `head` the shape and place of `face`, and keep the corrections that led to it.

    Raises RecaptureError if the user has meanwhile removed or changed what this needs.
    """
    _check(head)
    camera, before = camera_of(head), HeadProperties.of(head)
    _place(head, camera, before.moves, face)
    change_properties(head, **properties_of(face), first_place=before.first_place or before.box)
    corrections.keep(head)
    if before.topology is None:  # otherwise the face model's mesh follows in a message of its own
        reshape_head(head, local_vertices(face.vertices, face.pose), face.quads, face.uv, face.texture)
        write_measures(head.data, face.measures)
        colour_by(head, scene.prnet_overlay.colours)
    _mirror_photo(camera, corrections.mirrored, face.image_size)


def _check(head):
    if kind_of(head) is not HeadKind.PHOTO or head.type != "MESH":
        raise RecaptureError(f"{head.name} is not the head of a photo any more. Capture the photo again")
    if photo_of(head) is None:
        raise RecaptureError(f"{head.name} has no camera with its photo any more. Capture the photo again")
    if head.data.is_editmode:
        raise RecaptureError(f"{head.name} is being edited. Leave Edit Mode, and capture it again")


def _place(head, camera, moves, face):
    """Move head or camera, whichever carries the pose, to where the new pose has it."""
    size, alone = face.image_size, len(heads_of(camera)) == 1
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
