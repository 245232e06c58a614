# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds Blender data from arrays, and reads it back. It knows neither the worker nor the user interface."""
