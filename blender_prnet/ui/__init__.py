# SPDX-License-Identifier: GPL-3.0-or-later
"""What users see: panels, menus, lists and overlays. A new panel is its file and a line of CLASSES.

Blender shows the panels of a tab in the order of this list.
"""

from . import confidence, folder_panels, overlay, wipe
from .bake_panels import PRNET_PT_bake, PRNET_PT_bake_sequencer, PRNET_PT_bake_settings, PRNET_PT_performance
from .capture_panels import (
    PRNET_PT_capture,
    PRNET_PT_capture_image,
    PRNET_PT_settings,
    PRNET_PT_settings_image,
)
from .correction_panels import PRNET_PT_head_correct, PRNET_PT_image_faces
from .delivery_panel import PRNET_PT_delivery
from .engine_panel import PRNET_PT_engine
from .folder_panels import PRNET_PT_folder, PRNET_UL_failed
from .head_panels import (
    PRNET_PT_head,
    PRNET_PT_head_details,
    PRNET_PT_head_next,
    PRNET_PT_head_overlays,
    PRNET_PT_head_texture,
)
from .key_names_panel import PRNET_PT_key_name_presets, PRNET_PT_key_names, PRNET_UL_key_names
from .live_panel import PRNET_PT_live, PRNET_PT_live_strength
from .performance_panels import PRNET_PT_head_compare, PRNET_PT_head_fix, PRNET_PT_head_gain
from .pictures_panel import PRNET_PT_parts, PRNET_PT_pictures, PRNET_PT_swap
from .preferences import PRNetPreferences
from .preset_menu import PRNET_PT_live_presets, PRNET_PT_photo_presets, PRNET_PT_video_presets
from .results_panel import PRNET_PT_results, PRNET_UL_results
from .shape_panel import PRNET_PT_head_components, PRNET_PT_head_shape
from .topology_panel import PRNET_PT_topology

CLASSES = (
    PRNetPreferences,
    PRNET_PT_photo_presets,
    PRNET_PT_video_presets,
    PRNET_PT_live_presets,
    PRNET_PT_head,
    PRNET_PT_head_next,
    PRNET_PT_head_texture,
    PRNET_PT_head_correct,
    PRNET_PT_head_fix,
    PRNET_PT_head_gain,
    PRNET_PT_head_compare,
    PRNET_PT_head_shape,
    PRNET_PT_head_components,
    PRNET_PT_head_overlays,
    PRNET_PT_head_details,
    PRNET_PT_capture,
    PRNET_PT_settings,
    PRNET_PT_capture_image,
    PRNET_PT_settings_image,
    PRNET_PT_image_faces,
    PRNET_PT_topology,
    PRNET_PT_pictures,
    PRNET_PT_parts,
    PRNET_PT_swap,
    PRNET_PT_delivery,
    PRNET_UL_failed,
    PRNET_PT_folder,
    PRNET_PT_bake,
    PRNET_PT_bake_settings,
    PRNET_PT_bake_sequencer,
    PRNET_PT_performance,
    PRNET_PT_key_name_presets,
    PRNET_UL_key_names,
    PRNET_PT_key_names,
    PRNET_PT_live,
    PRNET_PT_live_strength,
    PRNET_UL_results,
    PRNET_PT_results,
    PRNET_PT_engine,
)


def register():
    wipe.register()  # below the overlays
    overlay.register()
    confidence.register()


def unregister():
    confidence.unregister()
    overlay.unregister()
    wipe.unregister()
    folder_panels.unregister()
