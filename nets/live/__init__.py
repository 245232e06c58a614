# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture: pictures of a camera, followed as they come. No picture is kept."""
