# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face as a message to the worker's client, see nets.interface.protocol."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.capture.face import FaceResult
from nets.interface.expressions import EXPRESSIONS


def face_message(face: FaceResult, path: Path, index: int, frame: int | None) -> tuple[dict, dict[str, np.ndarray]]:
    """The message without its job, and its arrays."""
    weights = face.expression.round(4).tolist()  # none from a network that says nothing of them
    return {
        "type": "face",
        "path": str(path),
        "index": index,
        "frame": frame,
        "box": face.box.round(2).tolist(),
        "confidence": round(float(face.confidence), 4),
        "residual": face.residual,
        "expressions": dict(zip(EXPRESSIONS, weights, strict=False)),
    }, face.arrays()
