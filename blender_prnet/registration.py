# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells Blender about everything, and takes it all back."""

import bpy

from . import command, operators
from .installation import CLIENT
from .settings import bake as bake_properties
from .settings import capture as properties
from .settings import folder as folder_properties
from .settings import gpu_support
from .ui import (
    bake_panels,
    correction_panels,
    engine_panel,
    folder_panels,
    head_panels,
    overlay,
    preferences,
    preset_menu,
    preview,
    tools,
    topology_panel,
    translations,
)
from .ui import capture_panels as panels
from .ui import results_panel as results_list

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
