# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user can do. An operator reads the settings, calls one function or runs one job, and reports.

A new operator is its file and a line of CLASSES.
"""

from . import gpu_support, tools
from .bake_sources import PRNET_OT_bake, PRNET_OT_bake_file, PRNET_OT_build_tracked, PRNET_OT_resume_bake
from .blendshapes import PRNET_OT_apply_blendshapes, PRNET_OT_load_live_link, PRNET_OT_save_live_link
from .capture import PRNET_OT_capture
from .capture_image import PRNET_OT_capture_image_editor
from .compare import PRNET_OT_compare, PRNET_OT_show_clip
from .delivery import PRNET_OT_prepare_head
from .face_box import PRNET_OT_capture_box, PRNET_OT_find_faces, PRNET_OT_set_face_box
from .fix_frame import (
    PRNET_OT_clear_fixes,
    PRNET_OT_fix_frame,
    PRNET_OT_jump_to_fix,
    PRNET_OT_remove_fix,
)
from .folder import PRNET_OT_import_folder, PRNET_OT_resume_folder
from .gpu_support import (
    PRNET_OT_cancel_gpu_support,
    PRNET_OT_install_gpu_support,
    PRNET_OT_install_gpu_support_from_folder,
    PRNET_OT_open_install_log,
    PRNET_OT_remove_gpu_support,
)
from .head_shape import PRNET_OT_reset_shape, PRNET_OT_update_keys
from .ignore import (
    PRNET_OT_clear_ignored,
    PRNET_OT_ignore_here,
    PRNET_OT_ignore_mask,
    PRNET_OT_ignore_pictures,
)
from .key_names import PRNET_OT_add_key_names, PRNET_OT_clear_key_names, PRNET_OT_fill_key_names
from .live import (
    PRNET_OT_calibrate_live,
    PRNET_OT_list_cameras,
    PRNET_OT_live,
    PRNET_OT_record_live,
    PRNET_OT_stop_live,
)
from .look_through import PRNET_OT_look_through, PRNET_OT_rest
from .looking import PRNET_OT_light_views, PRNET_OT_photo_behind, PRNET_OT_photo_colours
from .merge import PRNET_OT_merge_clip, PRNET_OT_merge_photos
from .merge_texture import PRNET_OT_merge_texture
from .passes import PRNET_OT_face_passes
from .paths import PRNET_OT_open_file
from .performance_file import PRNET_OT_import_performance
from .pin_landmark import PRNET_OT_pin_landmark
from .presets import PRNET_OT_add_preset, PRNET_OT_apply_preset, PRNET_OT_remove_preset
from .printing import PRNET_OT_export_print, PRNET_OT_make_printable
from .recapture import PRNET_OT_capture_again, PRNET_OT_clear_corrections, PRNET_OT_mirror_photo
from .refine import PRNET_OT_refine
from .render_over import PRNET_OT_render_over
from .results import PRNET_OT_choose_results, PRNET_OT_import_results
from .rig import PRNET_OT_add_empties, PRNET_OT_drive_bones
from .self_test import PRNET_OT_open_log, PRNET_OT_open_preferences, PRNET_OT_self_test
from .smooth_range import PRNET_OT_clear_smoothing, PRNET_OT_smooth_range
from .swap_face import PRNET_OT_swap_face
from .take_part import PRNET_OT_show_part_masks, PRNET_OT_take_part
from .thin_keys import PRNET_OT_thin_keys
from .topology import (
    PRNET_OT_download_face_model,
    PRNET_OT_import_face_model,
    PRNET_OT_put_on_model,
    PRNET_OT_remove_face_model,
)
from .tracking_cache import PRNET_OT_clear_cache

CLASSES = (
    PRNET_OT_capture,
    PRNET_OT_capture_image_editor,
    PRNET_OT_merge_photos,
    PRNET_OT_merge_clip,
    PRNET_OT_merge_texture,
    PRNET_OT_import_folder,
    PRNET_OT_resume_folder,
    PRNET_OT_import_results,
    PRNET_OT_choose_results,
    PRNET_OT_open_file,
    PRNET_OT_capture_box,
    PRNET_OT_capture_again,
    PRNET_OT_set_face_box,
    PRNET_OT_find_faces,
    PRNET_OT_pin_landmark,
    PRNET_OT_mirror_photo,
    PRNET_OT_clear_corrections,
    PRNET_OT_bake,
    PRNET_OT_bake_file,
    PRNET_OT_resume_bake,
    PRNET_OT_build_tracked,
    PRNET_OT_clear_cache,
    PRNET_OT_fix_frame,
    PRNET_OT_remove_fix,
    PRNET_OT_clear_fixes,
    PRNET_OT_jump_to_fix,
    PRNET_OT_ignore_here,
    PRNET_OT_ignore_mask,
    PRNET_OT_ignore_pictures,
    PRNET_OT_clear_ignored,
    PRNET_OT_smooth_range,
    PRNET_OT_clear_smoothing,
    PRNET_OT_refine,
    PRNET_OT_thin_keys,
    PRNET_OT_add_empties,
    PRNET_OT_drive_bones,
    PRNET_OT_show_clip,
    PRNET_OT_compare,
    PRNET_OT_import_performance,
    PRNET_OT_apply_blendshapes,
    PRNET_OT_load_live_link,
    PRNET_OT_save_live_link,
    PRNET_OT_fill_key_names,
    PRNET_OT_clear_key_names,
    PRNET_OT_add_key_names,
    PRNET_OT_live,
    PRNET_OT_stop_live,
    PRNET_OT_calibrate_live,
    PRNET_OT_record_live,
    PRNET_OT_list_cameras,
    PRNET_OT_look_through,
    PRNET_OT_rest,
    PRNET_OT_light_views,
    PRNET_OT_photo_behind,
    PRNET_OT_photo_colours,
    PRNET_OT_put_on_model,
    PRNET_OT_reset_shape,
    PRNET_OT_update_keys,
    PRNET_OT_make_printable,
    PRNET_OT_export_print,
    PRNET_OT_prepare_head,
    PRNET_OT_face_passes,
    PRNET_OT_render_over,
    PRNET_OT_show_part_masks,
    PRNET_OT_take_part,
    PRNET_OT_swap_face,
    PRNET_OT_download_face_model,
    PRNET_OT_import_face_model,
    PRNET_OT_remove_face_model,
    PRNET_OT_apply_preset,
    PRNET_OT_add_preset,
    PRNET_OT_remove_preset,
    PRNET_OT_open_preferences,
    PRNET_OT_self_test,
    PRNET_OT_open_log,
    PRNET_OT_install_gpu_support,
    PRNET_OT_install_gpu_support_from_folder,
    PRNET_OT_cancel_gpu_support,
    PRNET_OT_remove_gpu_support,
    PRNET_OT_open_install_log,
)


def register():
    tools.register()


def unregister():
    tools.unregister()
    gpu_support.unregister()
