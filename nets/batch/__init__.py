# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of any size: what to capture, one file at a time, many at once, and a record that survives a crash."""
