# SPDX-License-Identifier: GPL-3.0-or-later
"""The studio that the demo's views of a captured head are rendered in."""

import math
from pathlib import Path

import bpy
from mathutils import Euler, Matrix, Vector

SIDE = 576  # pixels of a view
SAMPLES = 24
TURNS = {"right": 55, "front": 0, "left": -55}  # degrees; the head's own right and left


def set_up_renders():
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.max_bounces = SAMPLES, 2
    scene.render.resolution_x = scene.render.resolution_y = SIDE
    scene.render.film_transparent = True
    scene.view_settings.view_transform = "Standard"  # the photo's colours as they are
    scene.world = bpy.data.worlds.new("studio")
    scene.world.color = (0.8, 0.8, 0.8)
    scene.world.use_nodes = False


def render(camera, path: Path):
    bpy.context.scene.camera = camera
    bpy.context.scene.render.filepath = str(path.resolve())
    bpy.ops.render.render(write_still=True)


def render_portraits(head, views: Path):
    """The head from three sides, by a camera that turns round its vertical axis, with a key light beside it."""
    camera = add_object("portrait", bpy.data.cameras.new("portrait"))
    camera.data.lens = 85
    key = add_object("key", bpy.data.lights.new("key", "AREA"))
    key.data.energy, key.data.size = 4, 0.4
    middle = head.matrix_world @ Matrix.Translation((0, 0.02, -0.03))  # the origin lies between the eyes
    for name, turn in TURNS.items():
        around = middle @ Matrix.Rotation(math.radians(-turn), 4, "Z")
        camera.matrix_world = around @ place((0, -0.72, 0), Euler((math.pi / 2, 0, 0)))
        key.matrix_world = around @ place((-0.45, -0.5, 0.45), Euler((math.radians(55), 0, math.radians(-42))))
        render(camera, views / f"{name}.png")
    bpy.data.objects.remove(key)


def render_overlay(head, camera, views: Path):
    """photo.png, the photo round the face, and mesh.png, the same with the mesh on it, by the captured camera."""
    close = add_object("close", camera.data.copy())
    close.matrix_world = camera.matrix_world
    left, top, right, bottom = head["prnet_box"]
    width, height = head["prnet_image_size"]
    longer, crop = max(width, height), 2.3 * max(right - left, bottom - top)
    close.data.lens = camera.data.lens * longer / crop
    close.data.shift_x = ((left + right + 1 - width) / 2) / crop
    close.data.shift_y = ((height - top - bottom - 1) / 2 + 0.1 * crop) / crop  # more forehead than chin

    plane = add_photo_plane(camera, width, height)
    head.hide_render = True
    render(close, views / "photo.png")
    head.hide_render = False
    add_lines(head)
    for slot in range(len(head.data.materials)):
        head.data.materials[slot] = plain("clay", (0.75, 0.77, 0.8, 1))
    sun = add_object("sun", bpy.data.lights.new("sun", "SUN"))
    sun.data.energy = 2
    sun.rotation_euler = (math.radians(50), 0, math.radians(-30))
    plane.visible_shadow = plane.visible_diffuse = False
    render(close, views / "mesh.png")


def add_object(name, data):
    thing = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def place(location, rotation):
    return Matrix.Translation(Vector(location)) @ rotation.to_matrix().to_4x4()


def add_photo_plane(camera, width, height):
    """The photo as a glowing plane that fills the frame of the captured camera, behind the head."""
    away = camera.data.clip_end * 0.95  # behind the head
    unit = away * camera.data.sensor_width / camera.data.lens / max(width, height)
    mesh = bpy.data.meshes.new("photo")
    x, y = unit * width / 2, unit * height / 2
    mesh.from_pydata([(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)], [], [(0, 1, 2, 3)])
    mesh.uv_layers.new().data.foreach_set("uv", (0, 0, 1, 0, 1, 1, 0, 1))
    plane = add_object("photo", mesh)
    plane.matrix_world = camera.matrix_world @ Matrix.Translation((0, 0, -away))
    material, nodes, links = new_material("photo")
    picture, glow = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
    picture.image = camera.data.background_images[0].image
    links.new(picture.outputs["Color"], glow.inputs["Color"])
    links.new(glow.outputs["Emission"], nodes["Material Output"].inputs["Surface"])
    mesh.materials.append(material)
    return plane


def add_lines(head):
    """The edges of the head's mesh, as thin blue bars."""
    lines = add_object("lines", head.data.copy())
    lines.matrix_world = head.matrix_world
    bars = lines.modifiers.new("lines", "WIREFRAME")
    bars.thickness, bars.use_even_offset = 0.0005, False  # metres
    for slot in range(len(lines.data.materials)):
        lines.data.materials[slot] = plain("lines", (0.02, 0.22, 0.5, 1))


def plain(name, colour):
    material, nodes, _ = new_material(name)
    surface = nodes["Principled BSDF"]
    surface.inputs["Base Color"].default_value = colour
    surface.inputs["Roughness"].default_value = 0.8
    return material


def new_material(name):
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    return material, material.node_tree.nodes, material.node_tree.links
