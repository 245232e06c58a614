# SPDX-License-Identifier: GPL-3.0-or-later
"""Registers everything with Blender, and ends and unregisters it again.

Each package lists its classes in CLASSES; its register() and unregister() do what goes beyond them.
"""

import bpy

from . import command, operators, settings, ui
from .session import SESSION
from .ui import translations

PACKAGES = (settings, operators, ui)


def register():
    translations.register()
    for package in PACKAGES:
        for cls in package.CLASSES:
            bpy.utils.register_class(cls)
        package.register()
    command.register()


def unregister():
    SESSION.end()
    command.unregister()
    for package in reversed(PACKAGES):
        package.unregister()
        for cls in reversed(package.CLASSES):
            bpy.utils.unregister_class(cls)
    translations.unregister()
