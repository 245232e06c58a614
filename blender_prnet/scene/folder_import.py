# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection of an imported folder, with the photos that are not imported yet.

They are stored in the collection, so that they follow undo and are saved with the file.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import bpy

from ..interface import printable
from .head_properties import SUBFOLDER, UNFINISHED
from .layout import Layout


class ImportStateError(Exception):
    """What a collection stores about its import cannot be used."""


@dataclass
class FolderImport:
    """How the photos of a folder are imported.

    folder: absolute path
    one_per: see capture.SceneBuilder
    moves: see coordinates.place_photo
    options: of the worker's reconstruct request
    layout: where the next photo is placed
    left: absolute paths of the photos that are not imported yet
    collection: name of the folder's collection; empty until it is made
    """

    folder: str
    one_per: Literal["face", "photo"]
    moves: Literal["head", "camera"]
    options: dict
    layout: Layout
    left: tuple[str, ...] = ()
    collection: str = ""

    def home_of(self, scene: bpy.types.Scene, path: str) -> bpy.types.Collection:
        """Return the collection for the heads of the photo at `path`. Collections are nested as the folders are."""
        home = bpy.data.collections.get(self.collection)
        if home is None:
            home = new_child(scene.collection, Path(self.folder).name or self.folder)
            self.collection = home.name
        for name in Path(path).parent.relative_to(self.folder).parts:
            name = printable(name)
            found = next((child for child in home.children if child.get(SUBFOLDER) == name), None)
            if found is None:
                found = new_child(home, name)
                found[SUBFOLDER] = name
            home = found
        return home

    def keep(self, left: Iterable[str]) -> None:
        """Store in the collection which photos are left, if any."""
        collection = bpy.data.collections.get(self.collection)
        if collection is None:
            return
        collection.pop(UNFINISHED, None)
        relative = [os.path.relpath(path, self.folder) for path in left]
        if relative:
            collection[UNFINISHED] = json.dumps({**asdict(self), "left": relative, "collection": ""})

    @staticmethod
    def of(collection: bpy.types.Collection) -> "FolderImport":
        """Return the unfinished import that the collection stores. Raises ImportStateError."""
        try:
            kept = json.loads(collection[UNFINISHED])
            _check(kept)
            left = tuple(os.path.join(kept["folder"], path) for path in kept["left"])
            layout = Layout(**kept["layout"])
            return FolderImport(**{**kept, "layout": layout, "left": left, "collection": collection.name})
        except (KeyError, TypeError, ValueError) as error:
            raise ImportStateError(
                f"What {collection.name} stores about its import cannot be read. Import the folder again"
            ) from error


def _check(kept: dict) -> None:
    """Raise ValueError or TypeError if the values are not those of an import; a .blend file may come from anywhere."""
    fits = (
        kept["one_per"] in ("face", "photo")
        and kept["moves"] in ("head", "camera")
        and isinstance(kept["options"]["model"], str)
        and isinstance(kept["left"], list)
        and not any(os.path.isabs(path) or ".." in Path(path).parts for path in kept["left"])
    )
    if not fits:
        raise ValueError("not an import")


def unfinished_import(scene: bpy.types.Scene) -> bpy.types.Collection | None:
    """Return the last collection of the scene that holds an unfinished import; None if there is none."""
    return next((child for child in reversed(scene.collection.children) if UNFINISHED in child), None)


def new_child(parent: bpy.types.Collection, name: str) -> bpy.types.Collection:
    """Make a collection in `parent`. Blender adds a number if the name is taken."""
    child = bpy.data.collections.new(printable(name))
    parent.children.link(child)
    return child
