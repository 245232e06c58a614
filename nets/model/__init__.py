# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and what runs them: bundles of weights, engines, network architectures and face detectors."""
