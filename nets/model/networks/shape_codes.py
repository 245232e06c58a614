# SPDX-License-Identifier: GPL-3.0-or-later
"""The codes of networks that predict pose, identity and expression apart. Needs no PyTorch."""

IDENTITY_SIZE, EXPRESSION_SIZE = 64, 48  # components of a code: identity first
POSE_SIZE = 10  # of a code: rotation (6), log scale, translation (2), inverse distance
MILLIMETRES = 100.0  # in one unit of the canonical space that the components span
