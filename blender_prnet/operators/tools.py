# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of the toolbars. Each press of the mouse runs one operator, so that each correction is one undo step."""

from pathlib import Path

import bpy

ICONS = Path(__file__).parents[1] / "icons"  # drawn by release/tool_icons.py; Blender adds .dat


class PinLandmarks(bpy.types.WorkSpaceTool):
    bl_space_type = "VIEW_3D"
    bl_context_mode = "OBJECT"
    bl_idname = "prnet.pin_landmarks"
    bl_label = "Pin Landmarks"
    bl_description = (
        "Drag the landmarks of the active captured head to where they belong in its photo. Ctrl removes a pin"
    )
    bl_icon = str(ICONS / "pin_landmarks")
    bl_keymap = (
        ("prnet.pin_landmark", {"type": "LEFTMOUSE", "value": "PRESS"}, None),
        ("prnet.pin_landmark", {"type": "LEFTMOUSE", "value": "PRESS", "ctrl": True}, None),
    )


class FaceBox(bpy.types.WorkSpaceTool):
    bl_space_type = "VIEW_3D"
    bl_context_mode = "OBJECT"
    bl_idname = "prnet.face_box"
    bl_label = "Face Box"
    bl_description = "Draw or move the box in which the network looks for the active captured head's face"
    bl_icon = str(ICONS / "face_box")
    bl_keymap = (("prnet.set_face_box", {"type": "LEFTMOUSE", "value": "PRESS"}, None),)


class ImageFaceBox(bpy.types.WorkSpaceTool):
    bl_space_type = "IMAGE_EDITOR"
    bl_context_mode = "VIEW"
    bl_idname = "prnet.image_face_box"
    bl_label = "Face Box"
    bl_description = "Draw a box round a face, or click one that was found, and make a head of it"
    bl_icon = str(ICONS / "face_box")
    bl_keymap = (("prnet.capture_box", {"type": "LEFTMOUSE", "value": "PRESS"}, None),)


TOOLS = (PinLandmarks, FaceBox, ImageFaceBox)


def active_tool(context: bpy.types.Context) -> str:
    """Return the bl_idname of the tool that is active in this editor, or ""."""
    tools = context.workspace.tools
    if context.area.type == "VIEW_3D":
        tool = tools.from_space_view3d_mode(context.mode, create=False)
    else:
        tool = tools.from_space_image_mode(context.space_data.mode, create=False)
    return tool.idname if tool else ""


def register():
    bpy.utils.register_tool(PinLandmarks, separator=True)
    bpy.utils.register_tool(FaceBox, after={PinLandmarks.bl_idname})
    bpy.utils.register_tool(ImageFaceBox, separator=True)


def unregister():
    for tool in reversed(TOOLS):
        bpy.utils.unregister_tool(tool)
