# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of a photo, with the photo's lens, or orthographic, and with the photo behind the head."""

from contextlib import suppress

import bpy
import numpy as np
from mathutils import Matrix

from ..data.coordinates import PhotoPlacement
from ..interface import Orientation
from .head_properties import VIEW_SIZE, HeadKind, kind_of, read_property

VISIBLE_DEPTH = 0.9  # metres on both sides of a head; with more, the default cube would hide the photo
NEAREST = 0.02  # metres from the camera to what it shows
SENSOR = 36.0  # millimetres, the longer side, Blender's default: focal lengths are those on 35 mm film
DRAWN_SIZE = 0.1  # metres, of the camera's own drawing; at the default of 1, cameras hide the heads of a grid


def build_camera(
    name: str, placement: PhotoPlacement, photo: bpy.types.Image | None, orientation: Orientation
) -> bpy.types.Object:
    """Make a camera object that shows the image `photo`, if there is one. It is not linked to a collection yet.

    It shows what is near the photo's plane; see_depth adds to that.
    """
    data = bpy.data.cameras.new(f"Camera {name}")
    set_lens(data, placement)
    data.clip_start = data.clip_end = placement.distance
    see_depth(data, placement.distance, placement.metre)
    data.display_size = DRAWN_SIZE * placement.metre
    if photo:
        data.show_background_images = True
        _add_background(data, photo, orientation, placement.image_size)
    camera = bpy.data.objects.new(data.name, data)
    camera.matrix_world = Matrix(placement.camera_matrix().tolist())
    return camera


def set_lens(data: bpy.types.Camera, placement: PhotoPlacement) -> None:
    """Give a camera the lens of a photo."""
    width, height = placement.image_size
    longer = max(width, height)
    data.sensor_fit = "AUTO"
    data.sensor_width = SENSOR
    data.shift_x = data.shift_y = 0
    if placement.camera is None:
        data.type = "ORTHO"
        data.ortho_scale = placement.ortho_scale
    else:
        data.type = "PERSP"
        data.lens = placement.camera.focal * SENSOR / longer
        x, y = placement.camera.centre + 0.5
        data.shift_x, data.shift_y = (width / 2 - x) / longer, (y - height / 2) / longer


def see_depth(data: bpy.types.Camera, depth: float, metre: float) -> None:
    """Make a camera show a head that is `depth` Blender units away, besides what it shows already."""
    data.clip_start = max(min(data.clip_start, depth - VISIBLE_DEPTH * metre), NEAREST * metre)
    data.clip_end = max(data.clip_end, depth + VISIBLE_DEPTH * metre)


def focal_length(data: bpy.types.Camera, image_size: tuple[int, int]) -> float | None:
    """Return the focal length of a photo's camera, in pixels of the photo; None if it is orthographic."""
    if data.type != "PERSP":
        return None
    width, height = image_size
    if data.sensor_fit == "VERTICAL":
        return data.lens / data.sensor_height * height
    return data.lens / data.sensor_width * (width if data.sensor_fit == "HORIZONTAL" else max(width, height))


def before_lens(data: bpy.types.Camera, image_size: tuple[int, int], places: np.ndarray) -> np.ndarray:
    """Return points (K, 3), in the camera's space, that it shows at places (K, 2) of its photo.

    places: pixels, with centres at integers
    """
    middle = (places + 0.5 - np.array(image_size) / 2) * (1, -1)
    unit, shift = _pixel(data, image_size)
    return np.column_stack([middle * unit + shift, np.full(len(places), -1.0)])


def in_photo(data: bpy.types.Camera, image_size: tuple[int, int], points: np.ndarray) -> np.ndarray:
    """Return the places (K, 2), pixels of its photo, at which a camera shows points (K, 3) in its space.

    They are the places of before_lens. Points behind a camera with a perspective have none: NaN.
    """
    unit, shift = _pixel(data, image_size)
    flat = points[:, :2]
    if data.type == "PERSP":
        depth = -points[:, 2:]
        flat = flat / np.where(depth > 0, depth, np.nan)
    return (flat - shift) / unit * (1, -1) + np.array(image_size) / 2 - 0.5


def _pixel(data, image_size):
    """Return how large a pixel is at a distance of 1, and what is in the photo's middle there, (2,)."""
    focal = focal_length(data, image_size)
    unit, shift = (
        (data.ortho_scale / max(image_size), data.ortho_scale)
        if focal is None
        else (1 / focal, max(image_size) / focal)
    )
    return unit, shift * np.array([data.shift_x, data.shift_y])


def camera_of(head: bpy.types.Object) -> bpy.types.Object | None:
    """Return the camera of the head's photo or clip, the first of several; None if the user has deleted it."""
    things = [thing for collection in head.users_collection for thing in collection.objects]
    return next((thing for thing in things if thing.type == "CAMERA"), None)


def shown_camera(scene: bpy.types.Scene, head: bpy.types.Object) -> bpy.types.Object | None:
    """Return the scene's camera if it is one of the head's; otherwise as camera_of."""
    camera = scene.camera
    with_head = camera is not None and set(camera.users_collection) & set(head.users_collection)
    return camera if with_head else camera_of(head)


def photo_size(camera: bpy.types.Object, head: bpy.types.Object) -> tuple[int, int]:
    """Return width and height of the upright photo that this camera of the head shows, pixels."""
    return tuple(camera.get(VIEW_SIZE) or read_property(head, "image_size"))


def photo_of(head: bpy.types.Object) -> bpy.types.Image | None:
    """Return the photo that the head's camera shows; None if it is gone."""
    camera = camera_of(head)
    backgrounds = camera.data.background_images if camera else ()
    return backgrounds[0].image if len(backgrounds) else None


def heads_of(camera: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the heads of single photos that share the camera."""
    things = [thing for collection in camera.users_collection for thing in collection.objects]
    return [thing for thing in things if kind_of(thing) is HeadKind.PHOTO]


def hide_cameras(collection: bpy.types.Collection) -> None:
    """Hide the cameras of a collection: their frames are as large as the photos, and many of them hide the heads."""
    for thing in collection.objects:
        if thing.type == "CAMERA":  # the user may have deleted it already
            _set_hidden(thing, True)


def frame_photo(scene: bpy.types.Scene, camera: bpy.types.Object, image_size: tuple[int, int]) -> None:
    """Make `camera` the scene's camera and the render as large as the photo, so that the photo fills the frame."""
    _set_hidden(camera, False)  # a hidden camera shows no photo
    scene.camera = camera
    scene.render.resolution_x, scene.render.resolution_y = image_size
    scene.render.pixel_aspect_x = scene.render.pixel_aspect_y = 1.0


def cut_to(scene: bpy.types.Scene, camera: bpy.types.Object, frames: list[int]) -> None:
    """Make `camera` the scene's from each of these frames on, by markers. Frames with a camera marker are left out."""
    taken = {marker.frame for marker in scene.timeline_markers if marker.camera}
    for frame in frames:
        if frame not in taken:
            scene.timeline_markers.new(camera.name, frame=frame).camera = camera


def _set_hidden(camera, hidden):
    with suppress(RuntimeError):  # the user has excluded its collection from the view layer
        camera.hide_set(hidden)


def _add_background(data, photo, orientation, image_size):
    background = data.background_images.new()
    background.image = photo
    is_movie = photo is not None and photo.source == "MOVIE"
    background.frame_method = "STRETCH" if is_movie else "FIT"  # a movie's pixels may be no squares
    background.alpha = 1.0
    background.display_depth = "BACK"
    orient(background, orientation, image_size)


def orient(background: bpy.types.CameraBackgroundImage, orientation: Orientation, image_size: tuple[int, int]) -> None:
    """Show a background image upright; image_size: width and height of the upright image."""
    background.use_flip_x, background.use_flip_y = orientation.flip_x, orientation.flip_y
    background.rotation = orientation.turn
    if orientation.swaps_sides:  # Blender fits the image into the frame before it turns it
        background.scale = max(image_size) / min(image_size)
