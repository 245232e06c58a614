# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo to its captured faces: detection, reconstruction, texture, correction by hand and file formats."""
