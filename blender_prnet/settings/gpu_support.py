# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of the installation of GPU support."""

import bpy
from bpy.props import BoolProperty, FloatProperty, StringProperty


class InstallState(bpy.types.PropertyGroup):
    """The state of the installation, in WindowManager.prnet_gpu."""

    running: BoolProperty(options={"SKIP_SAVE"})
    progress: FloatProperty(options={"SKIP_SAVE"})  # 0 where it is not known
    text: StringProperty(options={"SKIP_SAVE"})
    outcome: StringProperty(options={"SKIP_SAVE"})
    failed: BoolProperty(options={"SKIP_SAVE"})
