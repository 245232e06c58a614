# SPDX-License-Identifier: GPL-3.0-or-later
"""The slow part of bringing a performance into a scene, which can run in a thread: shape keys, or a PC2 file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .performance import Performance, PerformanceError
from .point_cache import write_point_cache
from .shapes import ShapeKeys, arkit_shapes, compact_shapes, frame_shapes

BakeResult = Literal["frames", "compact", "arkit", "cache"]


@dataclass(frozen=True)
class BuildOptions:
    """How a performance is brought into the scene.

    result: how the face's motion is kept: a shape key per frame, few shape keys that hold the most of the motion, the
    52 ARKit blendshapes, or a PC2 file; keys: number of shape keys of the compact result; frame_limit: number of
    frames up to which there may be a shape key per frame; moves: what carries the head's motion; caches: folder for
    PC2 files.
    """

    result: BakeResult
    keys: int
    frame_limit: int
    moves: Literal["head", "camera"]
    caches: Path


@dataclass(frozen=True)
class PreparedPerformance:
    """A performance with its shape keys, or with the PC2 file that holds its vertices."""

    performance: Performance
    shapes: ShapeKeys | None = None
    point_cache: Path | None = None

    @property
    def error_mm(self) -> float:
        """The largest distance of a vertex from the captured surface, millimetres."""
        return self.shapes.error_mm if self.shapes else self.performance.error_mm


def prepare_performance(performance: Performance, options: BuildOptions) -> PreparedPerformance:
    """Compute the shape keys of a performance, or write its PC2 file, as the options say. Raises PerformanceError."""
    if performance.textures and not performance.texture_files():
        raise PerformanceError(f"there are no textures of {performance.clip} in {performance.textures}. Bake it again")
    if options.result == "cache":
        path = free_path(options.caches / f"{performance.name}.pc2")
        write_point_cache(performance, path)
        return PreparedPerformance(performance, point_cache=path)
    shapes = {
        "compact": lambda: compact_shapes(performance, options.keys),
        "frames": lambda: frame_shapes(performance, options.frame_limit),
        "arkit": lambda: arkit_shapes(performance),
    }[options.result]()
    return PreparedPerformance(performance, shapes)


def free_path(path: Path) -> Path:
    """Return `path`, with a number added if it exists, since another head may play that file or folder."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}_{number}")
    return free
