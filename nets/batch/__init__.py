# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture of whole folders: what to capture, one file, many at once, and a journal that survives a crash."""
