# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the project's own head: its topology by program, its shapes learned from the generator's people."""
