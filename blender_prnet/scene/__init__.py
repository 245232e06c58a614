# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds Blender data from arrays. Knows bpy and numpy; knows neither the worker nor the user interface."""
