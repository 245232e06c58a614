# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection that holds an imported folder. It knows what is left to do, so that this too comes and goes with undo
and is saved with the file.
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
    """What a collection says of its import cannot be used."""


@dataclass
class FolderImport:
    """How the photos of a folder are imported.

    folder: absolute; one_per: see capture.SceneBuilder; moves: see coordinates.place_photo; options: of the worker's
    reconstruct request; layout: goes on from photo to photo; left: the photos still to do, absolute;
    collection: the name of the folder's collection, once there is one.
    """

    folder: str
    one_per: Literal["face", "photo"]
    moves: Literal["head", "camera"]
    options: dict
    layout: Layout
    left: tuple[str, ...] = ()
    collection: str = ""

    def home_of(self, scene: bpy.types.Scene, path: str) -> bpy.types.Collection:
        """The collection for what comes of the photo at `path`: as the folders are nested, so are they."""
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
        """Write down in the collection that these photos are left, or that none is."""
        collection = bpy.data.collections.get(self.collection)
        if collection is None:
            return
        collection.pop(UNFINISHED, None)
        relative = [os.path.relpath(path, self.folder) for path in left]
        if relative:
            collection[UNFINISHED] = json.dumps({**asdict(self), "left": relative, "collection": ""})

    @staticmethod
    def of(collection: bpy.types.Collection) -> "FolderImport":
        """The import that the collection is the unfinished result of. Raises ImportStateError."""
        try:
            kept = json.loads(collection[UNFINISHED])
            _check(kept)
            left = tuple(os.path.join(kept["folder"], path) for path in kept["left"])
            layout = Layout(**kept["layout"])
            return FolderImport(**{**kept, "layout": layout, "left": left, "collection": collection.name})
        except (KeyError, TypeError, ValueError) as error:
            raise ImportStateError(
                f"What {collection.name} says of its import cannot be read. Import the folder anew"
            ) from error


def _check(kept: dict) -> None:
    """Raises ValueError or TypeError where a blend file from elsewhere says what no import does."""
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
    """The last collection of the scene that holds an unfinished import."""
    return next((child for child in reversed(scene.collection.children) if UNFINISHED in child), None)


def new_child(parent: bpy.types.Collection, name: str) -> bpy.types.Collection:
    """A new collection in `parent`, of that name or one like it."""
    child = bpy.data.collections.new(printable(name))
    parent.children.link(child)
    return child
