# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic faces: the shape comes from the face model, everything else is procedural. They contain no photos."""
