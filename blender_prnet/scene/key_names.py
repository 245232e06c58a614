# SPDX-License-Identifier: GPL-3.0-or-later
"""Which shape keys of a character show ARKit's blendshapes: told by their names, or by a table of the user's."""

from collections.abc import Sequence

import bpy

from ..data.live import NAMES
from ..interface import live_link

SPELT = {live_link.arkit_name(name): name for name in NAMES}


def has_keys(thing: bpy.types.Object | None) -> bool:
    """Tell whether an object is a mesh with shape keys."""
    return thing is not None and thing.type == "MESH" and thing.data.shape_keys is not None


def arkit_blocks(thing: bpy.types.Object) -> dict[str, list[bpy.types.ShapeKey]]:
    """Return name, as live_link.arkit_name spells it, -> the shape keys of `thing` that show this blendshape."""
    blocks: dict[str, list[bpy.types.ShapeKey]] = {}
    if not has_keys(thing):
        return blocks
    rows = [(row.name, row.key) for row in thing.data.prnet_key_names] or _found_by_name(thing)
    for name, key in rows:
        if block := thing.data.shape_keys.key_blocks.get(key):
            blocks.setdefault(live_link.arkit_name(name), []).append(block)
    return blocks


def moved_blocks(thing: bpy.types.Object, names: Sequence[str]) -> list[tuple[bpy.types.ShapeKey, list[int]]]:
    """Return the keys of `thing` that W blendshapes of these names move, each with the places of those among the W.

    A key that stands for several, such as a blink of both eyes, shows their mean.
    """
    blocks = arkit_blocks(thing)
    moved: dict[str, tuple[bpy.types.ShapeKey, list[int]]] = {}
    for place, name in enumerate(names):
        for block in blocks.get(live_link.arkit_name(name), ()):
            moved.setdefault(block.name, (block, []))[1].append(place)
    return list(moved.values())


def not_found(thing: bpy.types.Object) -> list[str]:
    """Return those of data.live.NAMES that no key of `thing` shows."""
    blocks = arkit_blocks(thing)
    return [name for spelt, name in SPELT.items() if spelt not in blocks]


def fill_table(thing: bpy.types.Object) -> None:
    """List all of data.live.NAMES in the table, with the keys that names tell where it names no key of the mesh yet."""
    rows = thing.data.prnet_key_names
    kept = [(row.name, row.key) for row in rows]
    named = {name for name, key in kept if key in thing.data.shape_keys.key_blocks}
    found = _found_by_name(thing)
    rows.clear()
    for name in NAMES:
        own = [key for other, key in kept if other == name]
        by_name = [key for other, key in found if other == name]
        for key in own if name in named else by_name or own or [""]:
            row = rows.add()
            row.name, row.key = name, key


def _found_by_name(thing: bpy.types.Object) -> list[tuple[str, str]]:
    """Return (one of data.live.NAMES, shape key) of the keys whose names tell."""
    pairs = ((SPELT.get(live_link.arkit_name(block.name)), block.name) for block in thing.data.shape_keys.key_blocks)
    return [(name, key) for name, key in pairs if name]
