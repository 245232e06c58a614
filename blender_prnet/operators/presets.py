# SPDX-License-Identifier: GPL-3.0-or-later
"""Applies, adds and removes presets."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import EnumProperty, StringProperty

from ..data.presets import PresetError, apply_preset, preset_of, read_preset, write_preset
from ..installation import own_presets, presets

KIND_ITEMS = [
    ("photo", "Photo", "Captures of photos"),
    ("video", "Video", "Bakes of clips"),
    ("live", "Live", "Live capture"),
]


def settings_for(context, kind: str):
    """Return the settings that presets of that kind set."""
    scene = context.scene
    return {"photo": scene.prnet, "video": scene.prnet_bake, "live": scene.prnet_live}[kind]


def use_preset(operator, context, kind: str, name: str) -> bool:
    """Apply the preset. Returns False, with the operator's report, if that cannot be done."""
    files, settings = presets(kind), settings_for(context, kind)
    if name not in files:
        operator.report({"ERROR"}, rpt_("No preset named {}; there are {}").format(name, ", ".join(files)))
        return False
    try:
        apply_preset(read_preset(kind, files[name]), settings)
    except PresetError as error:
        operator.report({"ERROR"}, f"{name}: {error}")
        return False
    settings.preset = name
    return True


class PresetOperator:
    """Mixin: an operator of the preset menus."""

    bl_options = {"INTERNAL", "UNDO"}

    kind: EnumProperty(name="Kind", description="What the preset is for", items=KIND_ITEMS)


class PRNET_OT_apply_preset(PresetOperator, bpy.types.Operator):
    bl_idname = "prnet.apply_preset"
    bl_label = "Apply Preset"
    bl_description = "Set all the settings that the preset names"

    preset: StringProperty(name="Preset", description="Its file's name, without .toml")

    @classmethod
    def description(cls, _context, properties):
        try:
            return read_preset(properties.kind, presets(properties.kind)[properties.preset]).description
        except (KeyError, PresetError) as error:
            return str(error)

    def execute(self, context):
        return {"FINISHED"} if use_preset(self, context, self.kind, self.preset) else {"CANCELLED"}


class PRNET_OT_add_preset(PresetOperator, bpy.types.Operator):
    bl_idname = "prnet.add_preset"
    bl_label = "Add Preset"
    bl_description = "Save the current settings under this name, for all your files"

    name: StringProperty(name="Name", description="The preset's name in the menu", maxlen=64)

    def execute(self, context):
        label = self.name.strip()
        name = bpy.path.clean_name(label.lower())
        if not name.strip("_"):
            self.report({"ERROR"}, "The preset needs a name")
            return {"CANCELLED"}
        if name in presets(self.kind):
            text = rpt_("There is already a preset named {}; choose another name, or remove it first")
            self.report({"ERROR"}, text.format(name))
            return {"CANCELLED"}
        settings = settings_for(context, self.kind)
        try:
            preset = preset_of(self.kind, label, "A preset of your own", settings)
            write_preset(preset, own_presets(self.kind) / f"{name}.toml")
        except PresetError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        settings.preset = name
        return {"FINISHED"}


class PRNET_OT_remove_preset(PresetOperator, bpy.types.Operator):
    bl_idname = "prnet.remove_preset"
    bl_label = "Remove Preset"
    bl_description = "Delete your preset; the settings stay as they are"

    preset: StringProperty(name="Preset", description="Its file's name, without .toml")

    def execute(self, _context):
        path = own_presets(self.kind) / f"{self.preset}.toml"
        try:
            path.unlink()
        except FileNotFoundError:
            self.report({"ERROR"}, rpt_("{} is not one of your presets").format(self.preset))
            return {"CANCELLED"}
        except OSError as error:
            self.report({"ERROR"}, rpt_("{} cannot be deleted: {}").format(path, error.strerror))
            return {"CANCELLED"}
        return {"FINISHED"}
