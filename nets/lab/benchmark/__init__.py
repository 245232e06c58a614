# SPDX-License-Identifier: GPL-3.0-or-later
"""What each stage costs: stages of this project and, where it is installed, MediaPipe, timed in turns."""
