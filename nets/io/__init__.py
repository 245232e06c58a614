# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading photos and clips, writing files in one step, and the report of a run."""
