# SPDX-License-Identifier: GPL-3.0-or-later
"""The precision that training computes in."""

import torch


def half_precision(device: torch.device) -> torch.autocast:
    """Return a context in which layers compute in bfloat16 where the device has instructions for it.

    A processor without them emulates it, which takes twice as long as single precision with AVX-512 and ten times as
    long with AVX2.
    """
    has_it = device.type != "cpu" or torch.cpu._is_avx512_bf16_supported()
    return torch.autocast(device.type, torch.bfloat16, enabled=has_it)
