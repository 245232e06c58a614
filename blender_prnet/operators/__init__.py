# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user can do. Thin: read the settings, call the client and the scene, report."""

from .capture import PRNET_OT_capture
from .capture_image import PRNET_OT_capture_image_editor
from .look_through import PRNET_OT_look_through
from .worker import PRNET_OT_check_worker, PRNET_OT_open_log, PRNET_OT_open_preferences

CLASSES = (
    PRNET_OT_capture,
    PRNET_OT_capture_image_editor,
    PRNET_OT_look_through,
    PRNET_OT_open_preferences,
    PRNET_OT_check_worker,
    PRNET_OT_open_log,
)
