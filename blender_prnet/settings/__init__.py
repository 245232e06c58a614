# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings and states that Blender stores: property groups only."""
