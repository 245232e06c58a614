# SPDX-License-Identifier: GPL-3.0-or-later
"""Geometry without photos and networks: poses, crops, the UV layout, its meshes, visibility."""
