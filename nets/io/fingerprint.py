# SPDX-License-Identifier: GPL-3.0-or-later
"""What tells whether a file is still the one that was captured, and whether two files hold the same."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class FileFingerprint:
    bytes: int
    modified: int  # nanoseconds since 1970
    digest: str | None = None  # of the content, 128 bits of SHA-256; videos have none

    @staticmethod
    def of(path: str | Path) -> FileFingerprint | None:
        """Without digest; None if there is no such file."""
        try:
            info = os.stat(path)
        except OSError:
            return None
        return FileFingerprint(info.st_size, info.st_mtime_ns)


def digest_of(content: np.ndarray) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
