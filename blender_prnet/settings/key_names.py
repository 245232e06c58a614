# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a character's shape keys that show ARKit's blendshapes, where their names do not tell."""

import bpy
from bpy.props import CollectionProperty, IntProperty, StringProperty

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}  # a linked character's table can be changed where its mesh is overridden


class KeyName(bpy.types.PropertyGroup):
    """A row of the table. `name`: of a blendshape, as in data.live.NAMES; several rows may have the same."""

    key: StringProperty(
        name="Shape Key",
        description="The mesh's shape key that shows this blendshape of ARKit's. Empty: none does",
        override=OVERRIDABLE,
    )


class KeyNames(bpy.types.PropertyGroup):
    """The table, in Mesh.prnet_key_names. Without rows, keys are found by their names."""

    rows: CollectionProperty(type=KeyName, override=OVERRIDABLE | {"USE_INSERTION"})
    active: IntProperty()
