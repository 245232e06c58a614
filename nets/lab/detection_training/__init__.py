# SPDX-License-Identifier: GPL-3.0-or-later
"""Trains the face detector on scenes composed of synthetic faces."""
