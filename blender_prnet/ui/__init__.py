# SPDX-License-Identifier: GPL-3.0-or-later
"""What users see: panels, menus, lists, overlays, tools, translations."""
