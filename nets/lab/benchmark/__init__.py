# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of each stage of this project and, where it is installed, of MediaPipe, measured in turns."""
