# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of a character's shape keys that show ARKit's blendshapes, where their names do not tell.

It lies in the mesh; without rows, keys are found by their names. Where a linked character's mesh is
overridden, its table can be changed and is kept; Blender 5.0 does not keep collections within groups there.
"""

import bpy
from bpy.props import CollectionProperty, StringProperty

OVERRIDABLE = {"LIBRARY_OVERRIDABLE"}


class KeyName(bpy.types.PropertyGroup):
    """A row of the table. `name`: of a blendshape, as in data.live.NAMES; several rows may have the same."""

    key: StringProperty(
        name="Shape Key",
        description="The mesh's shape key that shows this blendshape of ARKit's. Empty: none does",
        override=OVERRIDABLE,
    )


def key_name_table():
    """Return the property that holds the table."""
    return CollectionProperty(type=KeyName, override=OVERRIDABLE | {"USE_INSERTION"})
