# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clip to people's performances.

clip (frames in time) → tracker (who is where, what the network saw) → cache (raw records on disk) → person (one shape,
poses, basis and weights) → steady (smoothing) → arkit → texture → performance (the result and its file).
Needs numpy and OpenCV only.
"""
