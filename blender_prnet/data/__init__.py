# SPDX-License-Identifier: GPL-3.0-or-later
"""Records and computations without bpy, so that tests and threads can use them: arrays in, arrays out."""
