# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender's side and the worker both read. It imports the standard library and numpy only, and by relative paths,
since Blender knows it under another name than the worker does."""
