# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixins of operators that ask for files, or that scripts may give a preset."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty, CollectionProperty, StringProperty

from .presets import use_preset

FOR_SCRIPTS = {"HIDDEN", "SKIP_SAVE"}


class TakesPreset:
    """Mixin: applies a preset first, if a script names one."""

    preset: StringProperty(name="Preset", description="For scripts: set this preset first", options=FOR_SCRIPTS)

    def set_preset(self, context, kind: str) -> bool:
        """Apply `preset`, if there is one. Returns False, with a report, if that cannot be done."""
        return not self.preset or use_preset(self, context, kind, self.preset)


class ChoosesFiles(TakesPreset):
    """Mixin: opens the file browser, unless a script names the files."""

    directory: StringProperty(subtype="DIR_PATH", options=FOR_SCRIPTS)
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options=FOR_SCRIPTS)
    filter_folder: BoolProperty(default=True, options=FOR_SCRIPTS)

    def invoke(self, context, _event):
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def chosen(self) -> list[Path]:
        return [Path(self.directory, file.name) for file in self.files if file.name]
