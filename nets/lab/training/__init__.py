# SPDX-License-Identifier: GPL-3.0-or-later
"""Training of face networks on synthetic faces: batches from the buffer, losses, evaluation, the run."""
