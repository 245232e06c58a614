# SPDX-License-Identifier: GPL-3.0-or-later
"""The slow part of bringing a performance into a scene, which can run in a thread: shape keys, or a PC2 file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from .model_head import ModelHead
from .performance import Performance, PerformanceError
from .point_cache import write_point_cache
from .shapes import NO_WEIGHTS, ShapeKeys, arkit_shapes, compact_shapes, frame_shapes

# Frames of a clip, up to which it has a texture for each of them by default. The setting's text says it too.
TEXTURE_FRAMES = 300
BakeResult = Literal["head", "frames", "compact", "arkit", "cache"]


@dataclass(frozen=True)
class BuildOptions:
    """How a performance is brought into the scene.

    result: the head and how its face's motion is kept: the extension's own head with ARKit's blendshapes, or the
    capture's grid with a shape key per frame, few shape keys that hold the most of the motion, the 52 ARKit
    blendshapes, or a PC2 file; keys: number of shape keys of the compact result; frame_limit: number of
    frames up to which there may be a shape key per frame; moves: what carries the head's motion; caches: folder for
    PC2 files; identity: name of a head in the scene that plays the performance in place of one of its own, "" for none.
    """

    result: BakeResult
    keys: int
    frame_limit: int
    moves: Literal["head", "camera"]
    caches: Path
    identity: str = ""


@dataclass(frozen=True)
class PreparedPerformance:
    """A performance with its shape keys, with the PC2 file that holds its vertices, or with the head that plays it.

    With none of them, a head that is there plays it by its weights.
    """

    performance: Performance
    shapes: ShapeKeys | None = None
    point_cache: Path | None = None
    model_head: ModelHead | None = None

    @property
    def error_mm(self) -> float:
        """The largest distance of a vertex from the captured surface, millimetres; for a head model the mean one."""
        if self.model_head:
            return self.model_head.distance
        return self.shapes.error_mm if self.shapes else self.performance.error_mm

    def values(self, names: Sequence[str]) -> np.ndarray:
        """Return the weights (F, B) float32 of blendshapes of these names; of those that ARKit lacks they are 0."""
        weights = dict(zip(self.performance.arkit_names, self.performance.arkit.T, strict=True))
        still = np.zeros(len(self.performance.frame), np.float32)
        return np.stack([weights.get(name, still) for name in names], 1)


def prepare_performance(
    performance: Performance, options: BuildOptions, model_head: ModelHead | None = None
) -> PreparedPerformance:
    """Compute the shape keys of a performance, or write its PC2 file, as the options say. Raises PerformanceError.

    model_head: the person on the extension's own head, which the result `head` needs
    """
    if performance.textures and not performance.texture_files():
        raise PerformanceError(f"there are no textures of {performance.clip} in {performance.textures}. Bake it again")
    if options.identity:
        if not performance.arkit_names:
            raise PerformanceError(NO_WEIGHTS)
        return PreparedPerformance(performance)
    if options.result == "head":
        if model_head is None:
            raise PerformanceError(NO_WEIGHTS)
        return PreparedPerformance(performance, model_head=model_head)
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
