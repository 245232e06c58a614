# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain records and arithmetic of what Blender shows, without bpy: arrays in, arrays out."""
