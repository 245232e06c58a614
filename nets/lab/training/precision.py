# SPDX-License-Identifier: GPL-3.0-or-later
"""The precision that networks are trained in."""

import torch


def half_precision(device: torch.device) -> torch.autocast:
    """Return a context in which layers compute in bfloat16 where the device has it.

    On a processor without AVX-512 it is emulated, which takes ten times as long as single precision.
    """
    has_it = device.type != "cpu" or torch.backends.cpu.get_cpu_capability() == "AVX512"
    return torch.autocast(device.type, torch.bfloat16, enabled=has_it)
