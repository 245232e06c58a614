# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures that a person has put right: looked at where they say, mirrored, led by landmarks that they placed."""

from nets.correction.correction import Correction, correct
from nets.correction.deformation import follow
from nets.correction.job import correct_job, find_job

__all__ = ["Correction", "correct", "correct_job", "find_job", "follow"]
