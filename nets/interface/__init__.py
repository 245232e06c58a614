# SPDX-License-Identifier: GPL-3.0-or-later
"""What both Blender's side and the worker use: the protocol, file formats, names and rules that they share.

Its modules import the standard library and numpy only, and each other by relative paths, because Blender knows the
package under another name than the worker does.
"""
