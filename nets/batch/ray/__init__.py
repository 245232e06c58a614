# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on many machines with Ray (requirements/ray.txt), from and to any storage that fsspec opens."""
