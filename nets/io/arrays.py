# SPDX-License-Identifier: GPL-3.0-or-later
"""Arrays that come with the weights, one .npz file for the fields of one dataclass."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TypeVar

import numpy as np

from nets.errors import BundleError
from nets.interface.npz_damage import NPZ_DAMAGE

Arrays = TypeVar("Arrays")


def read_arrays(kind: type[Arrays], path: Path, what: str) -> Arrays:
    """Return a dataclass whose fields are all in the file. Raises BundleError, which names what cannot be loaded."""
    try:
        with np.load(path) as arrays:
            return kind(**{field.name: arrays[field.name] for field in fields(kind)})
    except NPZ_DAMAGE as error:
        raise BundleError(f"{what} cannot be loaded ({error})", path, "Install it again") from error
