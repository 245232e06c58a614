# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo to its captured faces: finding, reconstruction, texture, correction by hand, mesh formats."""
