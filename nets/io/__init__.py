# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in and out: photos, clips, results that are written whole, and the report of a run."""
