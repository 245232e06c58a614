# SPDX-License-Identifier: GPL-3.0-or-later
"""The message of a captured face, see nets.interface.protocol."""

from __future__ import annotations

from pathlib import Path

from nets.capture.face import FaceResult
from nets.interface.expressions import EXPRESSIONS
from nets.worker.request import Message


def face_message(face: FaceResult, path: Path, index: int, frame: int | None) -> Message:
    """Return the face's message. index: of the face in its request or photo; frame: of a movie."""
    weights = face.expression.round(4).tolist()  # empty if the network gives no expression weights
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
