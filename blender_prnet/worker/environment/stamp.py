# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies where the environment belongs, and whether it can be used."""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

NAME = "face_capture.json"
NONE, READY, OUTDATED, BROKEN, INTERRUPTED = "none", "ready", "outdated", "broken", "interrupted"


@dataclass(frozen=True)
class Stamp:
    """Written into an environment when it is whole. requirements: SHA-256 of the file that it was made from; base: the
    Python that it borrows from; gpu: what PyTorch found, "" for none."""

    requirements: str
    base: str
    python: str
    torch: str
    gpu: str

    def write(self, environment: Path) -> None:
        (environment / NAME).write_text(json.dumps(asdict(self)), encoding="utf-8")


def read_stamp(environment: Path) -> Stamp | None:
    try:
        return Stamp(**json.loads((environment / NAME).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def state_of(environment: Path, requirements: Path) -> str:
    """READY, or why not: NONE; OUTDATED, made for other requirements; BROKEN, a part or its base is gone;
    INTERRUPTED, there is only an unfinished one."""
    if not environment.is_dir():
        return INTERRUPTED if partial_of(environment).is_dir() else NONE
    stamp = read_stamp(environment)
    if stamp is None or not python_of(environment).is_file() or not os.path.isfile(stamp.base):
        return BROKEN
    return READY if stamp.requirements == fingerprint(requirements) else OUTDATED


def fingerprint(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes()).hexdigest()


def partial_of(environment: Path) -> Path:
    return environment.with_name(f"{environment.name}.partial")


def python_of(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
