# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of folder imports beyond those of a capture, and the list of files that failed."""

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, IntProperty, StringProperty

LAYOUT_ITEMS = [
    ("grid", "Grid", "Rows of heads below each other, as on a contact sheet"),
    ("line", "Line", "Side by side, each with the room of its photo: no camera sees another photo's heads"),
    ("pile", "Pile", "All in one place, to be compared"),
]
COLLECTION_ITEMS = [
    ("photo", "Photo", "One collection per photo, with all its heads and their camera"),
    ("face", "Person", "One collection per face, each with a head and a camera of its own"),
]


class FolderSettings(bpy.types.PropertyGroup):
    """The settings of folder imports, in Scene.prnet_folder."""

    folder: StringProperty(name="Folder", description="The folder of photos to import", subtype="DIR_PATH")
    pattern: StringProperty(
        name="Names",
        description="Import only files whose names match: * stands for any text, ; separates several patterns",
        default="*",
    )
    subfolders: BoolProperty(
        name="Subfolders",
        description="Import the photos in subfolders too; each subfolder becomes a collection",
        default=True,
    )
    layout: EnumProperty(
        name="Layout", description="How the heads are arranged in the scene", items=LAYOUT_ITEMS, default="grid"
    )
    one_per: EnumProperty(
        name="Collection Per", description="What gets its own collection", items=COLLECTION_ITEMS, default="photo"
    )


class FailedFile(bpy.types.PropertyGroup):
    """A file that gave no head. `name`: its name in the list."""

    path: StringProperty(subtype="FILE_PATH")
    reason: StringProperty()


class FolderState(bpy.types.PropertyGroup):
    """The state of folder imports, in WindowManager.prnet_folder."""

    failed: CollectionProperty(type=FailedFile, options={"SKIP_SAVE"})
    chosen: IntProperty(options={"SKIP_SAVE"})  # the row of `failed` that is shown in full
