# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes and spaces, without files and networks: poses, crops, the UV layout, its meshes, visibility."""
