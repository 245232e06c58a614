# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's own weights and layout, for those who have them and may use them. Nothing of PRN's comes with this project."""
