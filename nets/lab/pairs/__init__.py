# SPDX-License-Identifier: GPL-3.0-or-later
"""Training pairs of PRN's kind (Feng et al., ECCV 2018): a photo and its position map, and training on them."""
