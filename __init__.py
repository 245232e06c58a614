# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point of the Blender extension. Importing it needs no Blender: everything happens in register()."""


def register():
    from . import blender_prnet

    blender_prnet.register()


def unregister():
    from . import blender_prnet

    blender_prnet.unregister()
