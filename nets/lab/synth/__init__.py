# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic faces: shape from the face model, everything else procedural. No photo goes into them."""
