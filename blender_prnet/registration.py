# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells Blender about everything, and takes it all back."""

import bpy

from . import (
    bake_panels,
    bake_properties,
    command,
    correction_panels,
    engine_panel,
    folder_panels,
    folder_properties,
    gpu_support,
    head_panels,
    operators,
    overlay,
    panels,
    preferences,
    preset_menu,
    preview,
    properties,
    results_list,
    tools,
    topology_panel,
    translations,
)
from .installation import CLIENT

CLASSES = (
    *properties.CLASSES,
    *gpu_support.CLASSES,
    *bake_properties.CLASSES,
    *overlay.CLASSES,
    *folder_properties.CLASSES,
    *preferences.CLASSES,
    *operators.CLASSES,
    *preset_menu.CLASSES,
    *panels.CLASSES,
    *topology_panel.CLASSES,
    *engine_panel.CLASSES,
    *head_panels.CLASSES,
    *correction_panels.CLASSES,
    *folder_panels.CLASSES,
    *results_list.CLASSES,
    *bake_panels.CLASSES,
)


def register():
    translations.register()
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.register()
    gpu_support.register()
    bake_properties.register()
    overlay.register()
    folder_properties.register()
    results_list.register()
    tools.register()
    command.register()


def unregister():
    CLIENT.end()
    preview.clear()
    command.unregister()
    tools.unregister()
    results_list.unregister()
    folder_properties.unregister()
    overlay.unregister()
    bake_properties.unregister()
    gpu_support.unregister()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
    translations.unregister()
