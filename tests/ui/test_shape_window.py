# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a whole head, and its print, in a real Blender window."""


def test_a_head_is_changed_taken_back_and_printed(blender, work_window, portrait):
    work_window(blender, "window_shape.py", portrait)
