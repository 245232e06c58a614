# SPDX-License-Identifier: GPL-3.0-or-later
"""From a network to its ONNX graphs, exact and in eight bits."""
