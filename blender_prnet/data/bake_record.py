# SPDX-License-Identifier: GPL-3.0-or-later
"""How a head was baked, as JSON text with the head: what is needed to track its clip again and to move it as before."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from ..interface import perspective
from .bake import BuildOptions
from .coordinates import PhotoPlacement
from .sources import ClipFiles, Take
from .timing import Segment

ENDS = 1 << 16  # bytes at either end of a file that tell it from others of its size


@dataclass(frozen=True)
class BakeRecord:
    """A bake of one clip.

    take: the clip, and when it plays; message: the track request without its source
    options: how the head was built; placement: of the clip before a camera that stands still
    fingerprint: of the clip's first file, see fingerprint_of
    """

    take: Take
    message: dict
    options: BuildOptions
    placement: PhotoPlacement
    fingerprint: str

    def to_json(self) -> str:
        take = {**asdict(self.take), "clip": [[str(path) for path in self.take.clip.paths], self.take.clip.is_images]}
        placement = {name: value for name, value in vars(self.placement).items() if name != "camera"}
        camera = self.placement.camera
        size = self.placement.image_size
        return json.dumps(
            {
                "take": take,
                "message": self.message,
                "options": {**vars(self.options), "caches": str(self.options.caches)},
                "placement": {**placement, "world": self.placement.world.tolist()},
                "camera": None if camera is None else perspective.camera_array(camera, size).tolist(),
                "fingerprint": self.fingerprint,
            }
        )

    @staticmethod
    def from_json(text: str) -> "BakeRecord":
        """Read what to_json has written."""
        stored = json.loads(text)
        take, placement, camera = stored["take"], stored["placement"], stored["camera"]
        paths, is_images = take["clip"]
        return BakeRecord(
            Take(
                ClipFiles(tuple(map(Path, paths)), is_images),
                tuple(Segment(**segment) for segment in take["segments"]),
                take["start"],
                take["until"],
            ),
            stored["message"],
            BuildOptions(**{**stored["options"], "caches": Path(stored["options"]["caches"])}),
            PhotoPlacement(
                **{
                    **placement,
                    "image_size": tuple(placement["image_size"]),
                    "world": np.array(placement["world"]),
                    "camera": None if camera is None else perspective.Camera.of_array(np.array(camera)),
                }
            ),
            stored["fingerprint"],
        )


def fingerprint_of(clip: ClipFiles) -> str:
    """Return what tells a clip from another of its name: the size of its first file, and its ends; "" if it is gone."""
    try:
        with clip.paths[0].open("rb") as file:
            size = clip.paths[0].stat().st_size
            ends = file.read(ENDS)
            file.seek(max(size - ENDS, 0))
            ends += file.read(ENDS)
    except OSError:
        return ""
    return f"{size}-{hashlib.sha256(ends).hexdigest()[:16]}"
