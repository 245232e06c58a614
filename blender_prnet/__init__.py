# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the extension that runs inside Blender: bpy and numpy, nothing else.

Its packages, from the top down: ui, operators, settings, scene, jobs, worker, data. Each imports only those after it.
jobs, worker and data import no bpy, nor does this package itself, so that they can be used and tested without Blender.
Arrays cross to the worker, Blender's types never do.
"""


def register():
    from . import registration

    registration.register()


def unregister():
    from . import registration

    registration.unregister()
