# SPDX-License-Identifier: GPL-3.0-or-later
"""A solid for 3D printing from a whole head: one watertight surface, eyes and mouth closed, full or hollow."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import bmesh
import bpy
import numpy as np
from mathutils import Vector

from ..interface import close_head, compacted, largest_surface, surface_facts, without_short_edges
from .head_properties import PRINT, RIGHT_EDGE
from .layout import free_place, units_per_metre

WALL_VOXELS = 3.0  # in the thickness of a hollow print's wall
HEIGHT_VOXELS = 50.0  # in the height of a hollow print, at least
SHORTEST = 0.02  # of the detail: shorter edges are none
THIN = 0.9  # of the wall: a wall thinner than this is not what was asked for
CLOSED, REMESHED, HOLLOWED = 0.1, 0.5, 0.9  # shares of the work that are done then
CAVITY_FLOOR = 0.2  # of the wall: the drain leads to the middle of the cavity's points within this height


class PrintError(Exception):
    """A head cannot be made a solid. The message says why, and what to do."""


@dataclass(frozen=True)
class PrintOptions:
    """All lengths are millimetres of the print.

    height: from the floor to the crown
    detail: size of the voxels that the surface is made from
    wall: thickness of the wall of a hollow print; None: full
    drain: diameter of the hole through the floor of a hollow print; 0: none
    """

    height: float
    detail: float
    wall: float | None = None
    drain: float = 0.0


def make_printable(
    scene: bpy.types.Scene,
    head: bpy.types.Object,
    options: PrintOptions,
    progress: Callable[[float], None] = lambda share: None,
) -> bpy.types.Object:
    """Return a new object, not linked yet: the head as its shape keys and modifiers have it, as a solid.

    It is as large in the scene as it will be printed, and stands upright, the middle of its floor at its origin.
    progress: is called with the share that is done, from 0 to 1. Raises PrintError.
    """
    points, triangles = close_head(*_smoothed(scene, head), up=2)
    progress(CLOSED)
    points, triangles = _remeshed(scene, _scaled(points, options.height), triangles, options.detail)
    points = _scaled(points, options.height)
    progress(REMESHED)
    if options.wall is not None:
        points, triangles = _hollowed(scene, points, triangles, options)
        progress(HOLLOWED)
    points, triangles = without_short_edges(points, triangles, SHORTEST * options.detail)
    if not surface_facts(points, triangles).is_solid:
        raise PrintError(f"{head.name} does not become a solid like this. Change Detail a little")
    name = f"print {head.name}"
    solid = bpy.data.objects.new(name, _build_mesh(name, points * _millimetre(scene), triangles))
    solid[PRINT] = options.height
    return solid


def place_print(scene: bpy.types.Scene, head: bpy.types.Object, solid: bpy.types.Object) -> None:
    """Put a new print into its head's collection, to the right of all photos, at the height where the head stands."""
    width = solid.dimensions.x
    collection = head.users_collection[0]
    x = free_place(scene, width)
    corners = [head.matrix_world @ Vector(corner) for corner in head.bound_box]
    solid.location = x, head.matrix_world.translation.y, min(corner.z for corner in corners)
    collection.objects.link(solid)
    collection[RIGHT_EDGE] = x + width / 2


def print_arrays(scene: bpy.types.Scene, thing: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Return points (V, 3) in millimetres and triangles (T, 3) of an object as it is shown, about its origin."""
    points, triangles = mesh_arrays(_evaluated(thing))
    turned = points @ np.array(thing.matrix_world.to_3x3(), np.float32).T
    return turned / _millimetre(scene), triangles


def _millimetre(scene):
    """Return the Blender units per millimetre."""
    return units_per_metre(scene) / 1000


def mesh_arrays(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """Return points (V, 3) float32 and triangles (T, 3) int32 of a mesh."""
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    mesh.calc_loop_triangles()
    triangles = np.empty((len(mesh.loop_triangles), 3), np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles.ravel())
    return points, triangles


def _quad_arrays(mesh):
    """Return points and triangles of a mesh of quads, each cut along the diagonal that leaves the larger least area.

    On flat ground three corners of a quad may lie on a line: the other diagonal would leave a triangle without area.
    """
    points, triangles = mesh_arrays(mesh)
    if len(mesh.loops) != 4 * len(mesh.polygons):
        return points, triangles
    quads = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", quads)
    quads = quads.reshape(-1, 4)
    cuts = np.stack([quads[:, [0, 1, 2, 0, 2, 3]], quads[:, [1, 2, 3, 1, 3, 0]]]).reshape(2, -1, 2, 3)
    a, b, c = np.moveaxis(points[cuts].astype(np.float64), 3, 0)
    least = np.linalg.norm(np.cross(b - a, c - a), axis=-1).min(2)
    return points, np.where((least[0] > least[1])[:, None, None], cuts[0], cuts[1]).reshape(-1, 3)


def _smoothed(scene, head):
    """Return points, triangles and the triangles' materials (T,) of the evaluated head, its quads subdivided."""
    with _in_scene(scene, head.copy()) as copy:
        copy.modifiers.new("smooth", "SUBSURF").levels = 1
        mesh = _evaluated(copy)
        points, triangles = mesh_arrays(mesh)
        polygon = np.empty(len(triangles), np.int32)
        mesh.loop_triangles.foreach_get("polygon_index", polygon)
        material = np.empty(len(mesh.polygons), np.int32)
        mesh.polygons.foreach_get("material_index", material)
        return points, triangles, material[polygon]


def _scaled(points, height):
    """Return points, z up, that stand on the origin and have this height."""
    low, high = points.min(0), points.max(0)
    foot = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    return (points - foot) * (height / (high[2] - low[2]))


def _remeshed(scene, points, triangles, voxel):
    """Return the one surface round overlapping solids."""
    with _in_scene(scene, bpy.data.objects.new("solids", _build_mesh("solids", points, triangles))) as solids:
        remesh = solids.modifiers.new("surface", "REMESH")
        remesh.mode, remesh.voxel_size = "VOXEL", voxel
        points, triangles = _quad_arrays(_evaluated(solids))
    return compacted(points, largest_surface(triangles))


def _hollowed(scene, points, triangles, options):
    """Return the solid with a cavity whose walls are as thick as asked for, and the hole that drains it."""
    voxel = min(max(options.wall / WALL_VOXELS, options.detail), options.height / HEIGHT_VOXELS)
    cavity, inside = _offset(scene, points, triangles, options.wall, voxel)
    if not len(inside) or (cavity.min(0) - points.min(0) < THIN * options.wall).any():
        raise PrintError(f"a wall of {options.wall:.1f} mm leaves nothing to hollow out. Make it thinner")
    joined = np.concatenate([points, cavity])
    triangles = np.concatenate([triangles, inside[:, ::-1] + len(points)])
    if not options.drain:
        return joined, triangles
    lowest = cavity[cavity[:, 2] < cavity[:, 2].min() + CAVITY_FLOOR * options.wall]
    hollow = bpy.data.objects.new("hollow", _build_mesh("hollow", joined, triangles))
    drill = bpy.data.objects.new("drill", _cylinder(lowest[:, :2].mean(0), options.drain / 2, 3 * options.wall))
    with _in_scene(scene, hollow, drill):
        drain = hollow.modifiers.new("drain", "BOOLEAN")
        drain.operation, drain.object = "DIFFERENCE", drill
        solvers = drain.bl_rna.properties["solver"].enum_items
        drain.solver = "MANIFOLD" if "MANIFOLD" in solvers else "EXACT"  # from Blender 4.5 on
        return mesh_arrays(_evaluated(hollow))


def _offset(scene, points, triangles, depth, voxel):
    """Return the largest surface that lies this deep inside a solid.

    Of a solid that is nowhere so deep it is another surface, less deep, or none.
    """
    solid = bpy.data.objects.new("solid", _build_mesh("solid", points, triangles))
    volume = bpy.data.objects.new("depth", bpy.data.volumes.new("depth"))
    inner = bpy.data.objects.new("inner", bpy.data.meshes.new("inner"))
    with _in_scene(scene, solid, volume, inner):
        filling = volume.modifiers.new("depth", "MESH_TO_VOLUME")
        filling.object, filling.resolution_mode, filling.voxel_size = solid, "VOXEL_SIZE", voxel
        filling.interior_band_width = depth + 2 * voxel  # over which the density rises from 0 to 1
        surface = inner.modifiers.new("surface", "VOLUME_TO_MESH")
        surface.object, surface.resolution_mode = volume, "GRID"
        surface.threshold = depth / filling.interior_band_width
        points, triangles = _quad_arrays(_evaluated(inner))
    return compacted(points, largest_surface(triangles)) if len(triangles) else (points, triangles)


def _cylinder(centre, radius, height):
    """Return the mesh of a drill that reaches this high above the floor, and as deep below it."""
    mesh, shape = bpy.data.meshes.new("drill"), bmesh.new()
    bmesh.ops.create_cone(shape, cap_ends=True, segments=48, radius1=radius, radius2=radius, depth=2 * height)
    bmesh.ops.translate(shape, vec=(*centre, 0), verts=shape.verts)
    shape.to_mesh(mesh)
    shape.free()
    return mesh


def _build_mesh(name, points, triangles):
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(points))
    mesh.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(points, np.float32).ravel())
    mesh.loops.add(triangles.size)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(triangles, np.int32).ravel())
    mesh.polygons.add(len(triangles))
    mesh.polygons.foreach_set("loop_start", np.arange(0, triangles.size, 3, dtype=np.int32))
    mesh.update(calc_edges=True)
    return mesh


@contextmanager
def _in_scene(scene: bpy.types.Scene, *things: bpy.types.Object) -> Iterator:
    """Keep objects in the scene for as long as they are evaluated; what they alone use is removed with them."""
    data = [thing.data for thing in things]
    for thing in things:
        scene.collection.objects.link(thing)
    try:
        yield things if len(things) > 1 else things[0]
    finally:
        for thing in things:
            bpy.data.objects.remove(thing)
        bpy.data.batch_remove([each for each in data if not each.users])


def _evaluated(thing):
    """Return the mesh of an object as its keys and modifiers have it, valid until the scene changes."""
    return thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
