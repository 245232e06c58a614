# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings and states that Blender stores: property groups only. A new one is one line of the table below."""

import bpy

from .bake import BakeSettings, BakeState
from .capture import CaptureState, PhotoSettings, ReportLine
from .folder import FailedFile, FolderSettings, FolderState
from .gain import Gain
from .gpu_support import InstallState
from .head_shape import HeadShape
from .key_names import KeyName, key_name_table
from .lens import LensSettings
from .live import LiveSettings
from .overlay import OverlaySettings, OverlayState
from .parts import PartsSettings
from .results import ResultRow, ResultsSettings, ResultsState

PARTS = (LensSettings, ReportLine, FailedFile, ResultRow, KeyName)  # of the groups below
GROUPS = (  # the group, and where Blender keeps it
    (PhotoSettings, bpy.types.Scene, "prnet"),
    (CaptureState, bpy.types.WindowManager, "prnet"),
    (InstallState, bpy.types.WindowManager, "prnet_gpu"),
    (BakeSettings, bpy.types.Scene, "prnet_bake"),
    (BakeState, bpy.types.WindowManager, "prnet_bake"),
    (LiveSettings, bpy.types.Scene, "prnet_live"),
    (HeadShape, bpy.types.Mesh, "prnet_shape"),
    (Gain, bpy.types.Action, "prnet_gain"),
    (OverlaySettings, bpy.types.Scene, "prnet_overlay"),
    (OverlayState, bpy.types.WindowManager, "prnet_overlay"),
    (PartsSettings, bpy.types.Scene, "prnet_parts"),
    (FolderSettings, bpy.types.Scene, "prnet_folder"),
    (FolderState, bpy.types.WindowManager, "prnet_folder"),
    (ResultsSettings, bpy.types.Scene, "prnet_results"),
    (ResultsState, bpy.types.WindowManager, "prnet_results"),
)
KEY_NAMES, ACTIVE_KEY_NAME = "prnet_key_names", "prnet_active_key_name"  # of a mesh: its table, and the row chosen
CLASSES = (*PARTS, *(group for group, _, _ in GROUPS))


def register():
    for group, owner, name in GROUPS:
        setattr(owner, name, bpy.props.PointerProperty(type=group))
    setattr(bpy.types.Mesh, KEY_NAMES, key_name_table())
    setattr(bpy.types.Mesh, ACTIVE_KEY_NAME, bpy.props.IntProperty())


def unregister():
    delattr(bpy.types.Mesh, ACTIVE_KEY_NAME)
    delattr(bpy.types.Mesh, KEY_NAMES)
    for _, owner, name in GROUPS:
        delattr(owner, name)
