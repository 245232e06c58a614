# SPDX-License-Identifier: GPL-3.0-or-later
"""The textures of the frames of a performance, which the worker has written: an image sequence on the head.

On the capture's mesh it takes the place of the texture. On a whole head it is laid over the skin where the clip shows
the face, by a second UV map, and fades into the skin's own texture at the rim.
"""

import bpy
import numpy as np

from ..data.head_chart import head_chart
from ..data.performance import Performance
from ..data.timing import Keyframes, shown_frames
from ..installation import HEAD_FILE
from .image_time import play_images
from .painted import LAYERED
from .paths import stored_path

LAYER, SHARE = "Capture", "capture_share"  # the UV map, and the attribute of how far the sequence covers the skin


def play_frame_textures(head: bpy.types.Object, performance: Performance, keys: Keyframes) -> None:
    """Make the material of a capture's mesh show the texture of each frame, or the one before if a frame has none."""
    tree = head.data.materials[0].node_tree
    node = tree.nodes.active
    bpy.data.images.remove(node.image)
    _play(head, tree, node, performance, keys)


def lay_frame_textures(head: bpy.types.Object, performance: Performance, keys: Keyframes) -> None:
    """Lay the texture of each frame over the skin of the extension's own head, or the one before if it has none."""
    places, share = head_chart(HEAD_FILE)
    mesh = head.data
    corners = np.empty(len(mesh.loops), np.int32)
    mesh.loops.foreach_get("vertex_index", corners)
    mesh.uv_layers.new(name=LAYER, do_init=False).uv.foreach_set("vector", places[corners].ravel())
    mesh.attributes.new(SHARE, "FLOAT", "POINT").data.foreach_set("value", share)
    tree = mesh.materials[0].node_tree
    nodes, links, skin = tree.nodes, tree.links, tree.nodes.active
    frames, layer, shares, mix = (nodes.new(f"ShaderNode{kind}") for kind in ("TexImage", "UVMap", "Attribute", "Mix"))
    layer.uv_map, shares.attribute_name, mix.data_type, mix.label = LAYER, SHARE, "RGBA", LAYERED
    frames.extension = "EXTEND"
    links.new(layer.outputs["UV"], frames.inputs["Vector"])
    links.new(shares.outputs["Fac"], mix.inputs["Factor"])
    colours = {socket.identifier: socket for socket in (*mix.inputs, *mix.outputs)}
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    links.new(skin.outputs["Color"], colours["A_Color"])
    links.new(frames.outputs["Color"], colours["B_Color"])
    links.new(colours["Result_Color"], shader.inputs["Base Color"])
    for column, node in enumerate((layer, frames, shares, mix)):
        node.location = shader.location.x - 900 + 200 * column, shader.location.y + 320
    nodes.active = skin  # what Solid view shows
    _play(head, tree, frames, performance, keys)


def _play(head, tree, node, performance, keys):
    files = performance.texture_files()
    node.image = bpy.data.images.load(stored_path(files[0]))
    node.image.name, node.image.source = f"{head.name} textures", "SEQUENCE"
    scene, frames = shown_frames(keys, performance.frame)
    numbers = np.array([int(file.stem) for file in files])
    shown = numbers[np.clip(np.searchsorted(numbers, frames, side="right") - 1, 0, None)]
    play_images(node.image_user, tree, f"{node.path_from_id()}.image_user", scene, shown)
