# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person -> one head: their shape at rest, one texture, and each photo's pose."""
