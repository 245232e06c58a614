# SPDX-License-Identifier: GPL-3.0-or-later
"""Photo to mesh, in processes of its own."""

from nets.environment import prepare

prepare()
