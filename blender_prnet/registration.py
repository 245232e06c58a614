# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells Blender about everything, and takes it all back."""

import bpy

from . import operators, panels, preferences, properties
from .installation import CLIENT

CLASSES = (*properties.CLASSES, *preferences.CLASSES, *operators.CLASSES, *panels.CLASSES)


def register():
    for cls in CLASSES:
        bpy.utils.register_class(cls)
    properties.register()


def unregister():
    CLIENT.end()
    properties.unregister()
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)
