# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment was made from, as recorded in it, and whether it can be used."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "face_capture.json"
NONE, READY, OUTDATED, BROKEN, INTERRUPTED = "none", "ready", "outdated", "broken", "interrupted"


@dataclass(frozen=True)
class EnvironmentManifest:
    """A record that is written into an environment once it is complete.

    requirements: SHA-256 of the requirements file that it was made from; base: the Python that it borrows from;
    python, torch: versions; gpu: the name of the GPU that PyTorch found, "" if it found none.
    """

    requirements: str
    base: str
    python: str
    torch: str
    gpu: str

    def write(self, environment: Path) -> None:
        manifest_path(environment).write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_manifest(environment: Path) -> EnvironmentManifest | None:
    """Return the environment's manifest, or None if there is none that can be read."""
    try:
        return EnvironmentManifest(**json.loads(manifest_path(environment).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def state_of(environment: Path, requirements: Path) -> str:
    """Return READY, or the reason why the environment cannot be used.

    NONE: there is none. OUTDATED: it was made from other requirements. BROKEN: a part of it or its base Python is gone.
    INTERRUPTED: there is only an unfinished one.
    """
    if not environment.is_dir():
        return INTERRUPTED if partial_of(environment).is_dir() else NONE
    manifest = read_manifest(environment)
    if manifest is None or not python_of(environment).is_file() or not os.path.isfile(manifest.base):
        return BROKEN
    return READY if manifest.requirements == fingerprint(requirements) else OUTDATED


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def manifest_path(environment: Path) -> Path:
    return environment / NAME


def partial_of(environment: Path) -> Path:
    """Return the folder in which the environment is built before it takes its final name."""
    return environment.with_name(f"{environment.name}.partial")


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
