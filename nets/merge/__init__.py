# SPDX-License-Identifier: GPL-3.0-or-later
"""From several photos of one person to one head: the shape at rest, one texture, and the pose in each photo."""
