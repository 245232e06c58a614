# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of boxes that the user gives in place of detection."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nets.errors import UsageError


def read_boxes(path: Path) -> dict[str, np.ndarray]:
    """Read boxes by file name: (K, 4) float32, left, top, right, bottom in pixels. Raises UsageError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        boxes = {name: np.asarray(rows, np.float32).reshape(-1, 4) for name, rows in content.items()}
    except OSError as error:
        raise UsageError(f"the boxes cannot be read ({error.strerror})", path) from None
    except (ValueError, TypeError, AttributeError):
        raise UsageError("not a JSON object of file name → [[left, top, right, bottom], …]", path) from None
    for name, rows in boxes.items():
        if not np.isfinite(rows).all() or (rows[:, 2:] - rows[:, :2] < 1).any():
            raise UsageError(f"a box of {name} is empty or turned round: {rows.tolist()}", path)
    return boxes
