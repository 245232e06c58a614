# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape codes of networks that predict identity and expression apart. Needs no PyTorch."""

IDENTITY_SIZE, EXPRESSION_SIZE = 64, 48  # components of a code: identity first
MILLIMETRES = 100.0  # in one unit of the canonical space that the components span
