# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of the face detector on scenes composed of synthetic faces."""
