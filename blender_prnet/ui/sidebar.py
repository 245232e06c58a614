# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's tab in Blender's sidebars, and the mixins of the panels in it."""

TAB = "Face Capture"


class SidebarPanel:
    """Mixin: a panel of the tab."""

    bl_region_type = "UI"
    bl_category = TAB


class ClosedPanel(SidebarPanel):
    """Mixin: a panel in the 3D View that is closed until the user opens it."""

    bl_space_type = "VIEW_3D"
    bl_options = {"DEFAULT_CLOSED"}


class CaptureSubPanel(ClosedPanel):
    """Mixin: a closed sub-panel below the capture buttons in the 3D View."""

    bl_parent_id = "PRNET_PT_capture"
