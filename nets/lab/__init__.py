# SPDX-License-Identifier: GPL-3.0-or-later
"""Research that does not ship: synthetic faces, training, accuracy, benchmarks and the export of graphs."""
