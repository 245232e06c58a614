# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a captured head the shape of a new capture of the same photo."""

from dataclasses import replace

import bpy
from mathutils import Matrix

from ..data.coordinates import local_vertices, place_photo
from ..data.face import CapturedFace
from ..interface import UPRIGHT, read_orientation
from .camera import camera_of, heads_of, orient, photo_of, see_depth, set_lens
from .capture import properties_of
from .corrections import Corrections
from .head import reshape_head
from .head_properties import HeadKind, HeadProperties, change_properties, kind_of
from .measures import colour_by, write_measures
from .photo import own_file

LIFE_SIZE = 1e-3  # how far the scale of a head may be off for it to count as life-size


class RecaptureError(Exception):
    """A head cannot take a new capture any more. The message says why, and what to do."""


def recapture(scene: bpy.types.Scene, head: bpy.types.Object, face: CapturedFace, corrections: Corrections) -> None:
    """Give `head` the shape and place of `face`, and keep the corrections that led to it.

    Raises RecaptureError if the user has meanwhile removed or changed what this needs.
    """
    _check(head)
    camera, old = camera_of(head), HeadProperties.of(head)
    _place(head, camera, old, face)
    change_properties(head, **properties_of(face), first_place=old.first_place or old.box)
    corrections.keep(head)
    if old.topology is None:  # otherwise the face model's mesh follows in a message of its own
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


def _place(head, camera, old, face):
    """Move head or camera, whichever carries the pose, to where the new pose has it."""
    size, alone, metre = face.image_size, len(heads_of(camera)) == 1, old.metre or 1.0
    scale = head.matrix_world.to_scale().x
    if camera.data.type == "PERSP":
        metre = scale  # the user may have scaled head and camera together
    at_origin = place_photo(face.pose, size, moves="head", metre=metre)  # a photo whose middle is the origin
    life_size = alone and abs(scale / metre - 1) < LIFE_SIZE
    if camera.data.type == "ORTHO" and at_origin.camera is None and not life_size:
        at_origin = replace(at_origin, unit=camera.data.ortho_scale / max(size))
    camera_at_origin = Matrix(at_origin.camera_matrix().tolist())
    head_at_origin = Matrix(at_origin.head_matrix(face.pose).tolist())
    photo = camera.matrix_world @ camera_at_origin.inverted()
    set_lens(camera.data, at_origin)
    see_depth(camera.data, at_origin.depth_of(face.pose), metre)
    if old.moves == "camera" and alone:
        camera.matrix_world = head.matrix_world @ head_at_origin.inverted() @ camera_at_origin
    else:
        head.matrix_world = photo @ head_at_origin


def _mirror_photo(camera, mirrored, image_size):
    background = camera.data.background_images[0]
    path = own_file(background.image)
    orientation = read_orientation(path) if path else UPRIGHT
    orient(background, orientation.mirrored() if mirrored else orientation, image_size)
