# SPDX-License-Identifier: GPL-3.0-or-later
"""Surface error on pictures of a scanned head, rendered from many sides and captured without boxes."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np

from nets.errors import NoFaceError
from nets.geometry.similarity import fit_similarity
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.held_out import unproject
from nets.lab.accuracy.measures import OUTER_EYE_CORNERS
from nets.lab.accuracy.scan_files import Scan, read_scan
from nets.lab.accuracy.surface import Surface, distance_after_alignment
from nets.lab.raster import depth_buffer, interpolate, rasterise, vertex_normals
from nets.lab.synth.face import Camera, rotation_matrix

YAWS = range(-90, 91, 15)  # degrees
SIDE = 512  # pixels of a picture, which shows REACH millimetres at the head's distance
REACH = 400
DISTANCE = 1000  # millimetres from the camera
TOLERANCE = 3  # millimetres by which a vertex may lie behind the visible surface and still count as visible
POINTS = 4000  # vertices of the scan, at most, from which distances are measured
MARKED = *OUTER_EYE_CORNERS, 30  # the landmarks at a scan's marks


def check_scan(evaluated: EvaluatedModel, path: Path) -> Section:
    """Measure the mean distance from the scan's face to the predicted surface.

    "As placed" is where the known camera puts the surface. The other figures follow the similarity that brings it
    nearest; without correspondences they are too good, so compare them with the mean face's.
    """
    scan = at_rest(read_scan(path), evaluated.mean_features)
    points = face_points(scan)
    percent = 100 / float(np.linalg.norm(scan.marks[0] - scan.marks[1]))
    layout = evaluated.bundle.layout
    mesh = layout.mesh("medium")

    def surface(vertices: np.ndarray) -> Surface:
        return Surface(vertices, mesh.triangles)

    placed, shape = {}, {}
    rows = [f"{'yaw':>5}{'as placed':>11}{'aligned':>9}"]
    for yaw in YAWS:
        camera = camera_at(yaw)
        try:
            estimates = evaluated.capturer.find(render_scan(scan, camera))
        except NoFaceError:
            rows.append(f"{yaw:5}   no face found")
            continue
        position_map = max(estimates, key=lambda estimate: estimate.size).position_map
        captured = surface(unproject(camera, layout.sample(mesh, position_map)))
        placed[yaw] = percent * float(np.linalg.norm(captured.nearest(points) - points, axis=1).mean())
        shape[yaw] = percent * float(distance_after_alignment(captured, points).mean())
        rows.append(f"{yaw:5}{placed[yaw]:11.2f}{shape[yaw]:9.2f}")
    figures = [Figure("pictures without a face found", len(YAWS) - len(shape), f"of {len(YAWS)}")]
    if shape:
        figures.append(Figure("surface error as placed", float(np.mean(list(placed.values())))))
        figures.append(Figure("surface error", float(np.mean(list(shape.values())))))
        for turn, yaws in groupby(sorted(shape, key=abs), key=abs):
            figures.append(Figure(f"surface error at yaw ±{turn}", float(np.mean([shape[yaw] for yaw in yaws]))))
    mean_face = distance_after_alignment(surface(layout.sample(mesh, layout.mean)), points)
    figures.append(Figure("surface error, mean face", percent * float(mean_face.mean())))
    return Section("scan", f"{path.name}, % of the outer eye-corner distance", figures, rows)


def at_rest(scan: Scan, mean_landmarks: np.ndarray) -> Scan:
    """Return the scan in the canonical frame and in the mean face's size, by its three marks."""
    fit = fit_similarity(scan.marks, mean_landmarks[list(MARKED)])
    landmarks = None if scan.landmarks68 is None else fit.apply(scan.landmarks68)
    return replace(scan, vertices=fit.apply(scan.vertices), marks=fit.apply(scan.marks), landmarks68=landmarks)


def face_points(scan: Scan) -> np.ndarray:
    """Return vertices (N, 3) of the scan's face, subsampled.

    They are visible from the front, and no further from the tip of the nose than the outer eye corners are apart.
    """
    camera = camera_at(0)
    screen = camera.project(scan.vertices)
    screen[:, 2] = camera.inverse_depth(scan.vertices)
    nearest = depth_buffer(screen, scan.triangles, (SIDE, SIDE))
    column, row = np.clip(screen[:, :2].round().astype(int), 0, SIDE - 1).T
    visible = camera.inverse_depth(scan.vertices + (0, 0, TOLERANCE)) >= nearest[row, column]
    visible &= vertex_normals(scan.vertices, scan.triangles)[:, 2] > 0  # not the insides of lids and lips
    radius = np.linalg.norm(scan.marks[0] - scan.marks[1])
    points = scan.vertices[visible & (np.linalg.norm(scan.vertices - scan.marks[2], axis=1) < radius)]
    return points[:: -(-len(points) // POINTS)]


def camera_at(yaw: float) -> Camera:
    """Return a camera whose picture shows a head at rest turned by yaw, degrees."""
    rotation = rotation_matrix(np.radians(yaw), 0, 0)
    middle = (rotation @ (0, -20, -60))[:2] * (1, -1)  # the head's, from its origin between the eyes
    scale = SIDE / REACH
    return Camera(rotation, scale, 1 / DISTANCE, (SIDE - 1) / 2 - scale * middle)


def render_scan(scan: Scan, camera: Camera) -> np.ndarray:
    """Render the scan before a plain wall, lit softly from above the camera: (SIDE, SIDE, 3) uint8."""
    fine = camera.resized(2)
    screen, near = fine.project(scan.vertices), fine.inverse_depth(scan.vertices).astype(np.float32)
    screen[:, 2] = near
    raster = rasterise(screen, scan.triangles, (2 * SIDE, 2 * SIDE), near)
    normals = interpolate(raster, scan.triangles, vertex_normals(scan.vertices @ camera.rotation.T, scan.triangles))
    light = np.array([0.2, 0.5, 0.85], np.float32) / np.linalg.norm([0.2, 0.5, 0.85])
    shade = 0.55 + 0.5 * np.clip(normals @ light, 0, 1)  # light from all around, and from the lamp
    if scan.texture is None:
        colours = interpolate(raster, scan.triangles, scan.colours.astype(np.float32))
    else:
        height, width = scan.texture.shape[:2]
        u, v = np.moveaxis(interpolate(raster, scan.triangles, scan.uv), 2, 0)
        colours = cv2.remap(scan.texture, u * width - 0.5, (1 - v) * height - 0.5, cv2.INTER_LINEAR).astype(np.float32)
    lit = 255 * np.clip((colours / 255) ** 2.2 * shade[..., None], 0, 1) ** (1 / 2.2)
    wall = np.linspace(190, 120, 2 * SIDE, dtype=np.float32)[:, None, None]
    picture = np.where(raster.covered[..., None], lit, wall).astype(np.uint8)
    return cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
