# SPDX-License-Identifier: GPL-3.0-or-later
"""The menus of presets: pop-overs like those of Blender's own presets, in which users add and remove theirs."""

import bpy
from bl_ui.utils import PresetPanel
from bpy.app.translations import pgettext_iface as iface_

from ..data.presets import Preset, is_applied
from ..installation import own_presets, preset, presets


def draw_presets(layout, kind, settings):
    """Draw the button that opens the menu. It names the preset of the settings, and says whether they were changed."""
    row = layout.split(factor=0.3)
    row.label(text="Preset")
    row.popover(MENUS[kind].__name__, text=_title(kind, settings), icon="PRESET", translate=False)


def _title(kind, settings):
    chosen = preset(kind, settings.preset)
    if not isinstance(chosen, Preset):  # removed or damaged since it was applied
        return iface_("Presets")
    label = iface_(chosen.label)
    return label if is_applied(kind, chosen, settings) else iface_("{} (changed)").format(label)


class _Menu(PresetPanel):
    bl_label = "Presets"

    def draw(self, context):
        layout = self.layout
        layout.emboss = "PULLDOWN_MENU"
        layout.operator_context = "EXEC_DEFAULT"
        column = layout.column(align=True)
        for name, path in presets(self.kind).items():
            self._draw_entry(column.row(align=True), name, path)
        layout.separator()
        row = layout.row()
        field = row.row()
        field.emboss = "NORMAL"
        field.prop(context.window_manager, "preset_name", text="")
        add = row.operator("prnet.add_preset", text="", icon="ADD")
        add.kind, add.name = self.kind, context.window_manager.preset_name

    def _draw_entry(self, row, name, path):
        listed = preset(self.kind, name)
        if isinstance(listed, Preset):
            apply = row.operator("prnet.apply_preset", text=listed.label)
        else:
            apply = row.operator("prnet.apply_preset", text=name, icon="ERROR")  # its tooltip and report say why
        apply.kind, apply.preset = self.kind, name
        if path.parent == own_presets(self.kind):
            remove = row.operator("prnet.remove_preset", text="", icon="REMOVE")
            remove.kind, remove.preset = self.kind, name


class PRNET_PT_photo_presets(_Menu, bpy.types.Panel):
    bl_idname = "PRNET_PT_photo_presets"
    kind = "photo"


class PRNET_PT_video_presets(_Menu, bpy.types.Panel):
    bl_idname = "PRNET_PT_video_presets"
    kind = "video"


class PRNET_PT_live_presets(_Menu, bpy.types.Panel):
    bl_idname = "PRNET_PT_live_presets"
    kind = "live"


MENUS = {menu.kind: menu for menu in (PRNET_PT_photo_presets, PRNET_PT_video_presets, PRNET_PT_live_presets)}
