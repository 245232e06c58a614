# SPDX-License-Identifier: GPL-3.0-or-later
"""The folder of results that the command line has written, and the list of its photos to choose from."""

from collections.abc import Sequence
from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, IntProperty, StringProperty

from ..data.results import PhotoResult, ResultsError, read_results
from ..interface import printable


def _list_folder(settings, context):
    state, folder = context.window_manager.prnet_results, Path(bpy.path.abspath(settings.folder)).absolute()
    try:
        state.fill(folder, read_results(folder))
    except ResultsError as error:
        state.rows.clear()
        state.listed, state.error = "", printable(str(error))


class ResultsSettings(bpy.types.PropertyGroup):
    """The folder of results, in Scene.prnet_results."""

    folder: StringProperty(
        name="Results",
        description="A folder that `python -m nets reconstruct` has written: report.json and .npz files",
        subtype="DIR_PATH",
        update=_list_folder,
    )
    shape_keys: BoolProperty(
        name="Shape Keys",
        description="Give whole heads their ARKit shape keys: 10 MB each. Else they stay as the photo shows them",
        default=True,
    )


class ResultRow(bpy.types.PropertyGroup):
    """A photo in the list. `name`: the name of its file."""

    chosen: BoolProperty(name="Import", description="Make heads of this photo's faces")
    faces: IntProperty()
    confidence: FloatProperty()
    error: StringProperty()


class ResultsState(bpy.types.PropertyGroup):
    """The list of results, in WindowManager.prnet_results."""

    rows: CollectionProperty(type=ResultRow, options={"SKIP_SAVE"})
    active: IntProperty(options={"SKIP_SAVE"})
    listed: StringProperty(options={"SKIP_SAVE"})  # the folder that the rows belong to
    error: StringProperty(options={"SKIP_SAVE"})

    def fill(self, folder: Path, results: Sequence[PhotoResult]) -> None:
        """List the results of a folder; those that can be imported are chosen."""
        self.rows.clear()
        self.listed, self.error = printable(str(folder)), ""
        for result in results:
            row = self.rows.add()
            row.name, row.error = printable(Path(result.path).name), printable(result.error)
            row.faces, row.confidence = len(result.files), result.confidence
            row.chosen = bool(result.files)

    def lists(self, folder: Path, results: Sequence[PhotoResult]) -> bool:
        """Tell whether the rows still are those results."""
        return self.listed == printable(str(folder)) and len(self.rows) == len(results)
