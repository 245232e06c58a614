# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading result files, .npz, that this program has written."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.errors import UnreadableError
from nets.interface.npz_damage import NPZ_DAMAGE


def read_result(path: Path) -> dict[str, np.ndarray]:
    """Return the arrays of a result file by name. Raises UnreadableError."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file}
    except FileNotFoundError:
        raise UnreadableError("no such file", path) from None
    except NPZ_DAMAGE as error:
        remedy = "Choose a .npz file that reconstruct has written"
        raise UnreadableError(f"not a result file ({error})", path, remedy) from None
