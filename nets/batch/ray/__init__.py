# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches on many machines, by Ray (requirements/ray.txt), from and to any storage that fsspec opens."""
