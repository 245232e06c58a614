# SPDX-License-Identifier: GPL-3.0-or-later
"""Export of a network as ONNX graphs, exact and in eight bits."""
