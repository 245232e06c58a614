# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the extension that runs inside Blender: bpy and numpy, nothing else.

Importing this package imports no bpy, so that the worker and tests outside Blender can use `protocol` and `client`.
Direction of imports: panels -> operators -> (scene | client). Arrays cross to the worker, Blender's types never do.
"""


def register():
    from . import registration

    registration.register()


def unregister():
    from . import registration

    registration.unregister()
