# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of the lab, one module each, see nets/commands."""
