# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingerprints of files: whether a file is still the one that was captured, and whether two hold the same."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class FileFingerprint:
    """The size, the time of the last change and, for photos, the digest of a file."""

    bytes: int
    modified: int  # nanoseconds since 1970
    digest: str | None = None  # of the content, 128 bits of SHA-256; movies have none

    @staticmethod
    def of(path: str | Path) -> FileFingerprint | None:
        """Return the fingerprint without the digest, or None if there is no such file."""
        try:
            info = os.stat(path)
        except OSError:
            return None
        return FileFingerprint(info.st_size, info.st_mtime_ns)


def digest_of(content: np.ndarray) -> str:
    """Return the digest of a file's bytes (n,) uint8."""
    return hashlib.sha256(content).hexdigest()[:32]
