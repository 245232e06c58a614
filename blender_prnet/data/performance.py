# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's performance in a clip, as the worker sends it or as the command line writes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..interface import NPZ_DAMAGE, perspective
from .face import AnyPose, are_quads, pose_before


class PerformanceError(Exception):
    """A performance cannot be read, or be made into Blender data. The message says what the user can do."""


@dataclass(frozen=True)
class Performance:
    """F frames of one person's face, as N moving vertices in canonical space, see coordinates.py.

    clip: path of the movie or of the first image
    person: number of the person, by falling screen time
    rate: frames per second of the clip
    image_size: width and height, pixels
    frame: (F,) int32, rising, index in the clip from 0
    time: (F,) float64, rising, seconds from the beginning of the clip
    tracked: (F,) bool, False in a gap, where the values are held or interpolated
    confidence: (F,) float32, 0 to 1
    scale: (F,), rotation: (F, 3, 3), translation: (F, 3), the pose in each frame, see perspective.PerspectivePose, or
        face.Pose without perspective
    neutral: (N, 3) float32, canonical space, millimetres, the person's own shape
    basis: (K, N, 3) float32, millimetres, and weights: (F, K) float32: the vertices of frame f are
        neutral + weights[f] @ basis
    error_mm: the largest distance that this leaves at a vertex, millimetres
    arkit: (F, A) float32, 0 to 1, named by arkit_names; A is 52, or 0 if the network does not estimate them
    arkit_shapes: (A, N, 3) float32, millimetres, the effect of each weight on this head; None if the worker has no
        face model
    uv: (N, 2), quads: (Q, 4), texture: (T, T, 3) uint8, as in face.CapturedFace
    textures: folder with a texture NNNNNN.jpg for each tracked frame, named by its index in the clip; may be empty
    camera: (3,), see perspective.camera_array; None in files of earlier versions, which are without perspective
    lens: where the focal length is from, one of perspective.KNOWN; empty if unknown
    texture_mask: (T, T) uint8, 1 where some frame shows the texel itself; None if it is not known
    """

    clip: str
    person: int
    rate: float
    image_size: tuple[int, int]
    frame: np.ndarray
    time: np.ndarray
    tracked: np.ndarray
    confidence: np.ndarray
    scale: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    neutral: np.ndarray
    basis: np.ndarray
    weights: np.ndarray
    error_mm: float
    arkit: np.ndarray
    arkit_names: tuple[str, ...]
    arkit_shapes: np.ndarray | None
    uv: np.ndarray
    quads: np.ndarray
    texture: np.ndarray
    textures: str
    camera: np.ndarray | None = None
    lens: str = ""
    texture_mask: np.ndarray | None = None

    def pose(self, row: int) -> AnyPose:
        """Return the pose in a row of the arrays."""
        return pose_before(self.camera, self.scale[row], self.rotation[row], self.translation[row])

    @property
    def name(self) -> str:
        """The name of what is made from the performance, in the scene and as a file."""
        return f"{Path(self.clip).stem}_{self.person}"

    def typical_face(self) -> dict[str, np.ndarray]:
        """Return the face in the mean of all frames, the arrays of a put_on_model request."""
        vertices = self.neutral + np.tensordot(self.weights.mean(0), self.basis, 1)
        mean = self.arkit.mean(0).astype(np.float32)
        own = {"texture": self.texture, "gaze": np.empty((0, 2), np.float32), "arkit": mean}
        seen = {} if self.texture_mask is None else {"texture_mask": self.texture_mask}
        return {"vertices": vertices.astype(np.float32), **own, **seen}

    def texture_files(self) -> list[Path]:
        """Return the files in the folder `textures`, by frame."""
        return sorted(Path(self.textures).glob("*.jpg")) if self.textures else []

    @staticmethod
    def from_entries(entries: Mapping, person: int) -> "Performance":
        """Read the worker's message with its arrays, or the entries of a *.performance.npz file.

        Raises PerformanceError if an entry is missing or does not fit the others.
        """
        arrays = "frame time tracked confidence scale rotation translation neutral basis weights arkit uv quads texture"
        needed = [*arrays.split(), "clip", "rate", "image_size", "error_mm", "arkit_names", "textures"]
        if missing := [name for name in needed if name not in entries]:
            raise PerformanceError(f"the performance lacks {', '.join(missing)}")
        shapes, camera = entries.get("arkit_shapes"), entries.get("camera")
        performance = Performance(
            **{name: np.asarray(entries[name]) for name in arrays.split()},
            clip=str(entries["clip"]),
            textures=str(entries["textures"]),
            person=person,
            rate=float(entries["rate"]),
            image_size=tuple(int(side) for side in entries["image_size"]),
            error_mm=float(entries["error_mm"]),
            arkit_names=tuple(str(name) for name in entries["arkit_names"]),
            arkit_shapes=shapes if shapes is not None and len(shapes) else None,
            camera=camera,
            lens="" if camera is None else perspective.KNOWN[int(entries["camera_known"])],
            texture_mask=entries.get("texture_mask"),
        )
        performance._check()
        return performance

    @staticmethod
    def load(path: str | Path) -> "Performance":
        """Read a `<clip>_<person>.performance.npz` that the command line has written. Raises PerformanceError."""
        try:
            with np.load(path, allow_pickle=False) as entries:
                return Performance.from_entries(entries, _person(Path(path)))
        except NPZ_DAMAGE as error:
            raise PerformanceError(f"{Path(path).name} is no performance that can be read: {error}") from error
        except PerformanceError as error:
            raise PerformanceError(f"{Path(path).name}: {error}") from error

    def _check(self):
        frames, vertices, keys = len(self.frame), len(self.neutral), len(self.basis)
        wanted = {
            "time": (frames,),
            "tracked": (frames,),
            "scale": (frames,),
            "rotation": (frames, 3, 3),
            "translation": (frames, 3),
            "neutral": (vertices, 3),
            "basis": (keys, vertices, 3),
            "weights": (frames, keys),
            "arkit": (frames, len(self.arkit_names)),
            "uv": (vertices, 2),
        }
        if self.camera is not None:
            wanted["camera"] = (3,)
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise PerformanceError(f"{name} is {getattr(self, name).shape} where {shape} was expected")
        if not frames:
            raise PerformanceError("the performance has no frames")
        if not are_quads(self.quads, vertices):
            raise PerformanceError("its quads refer to vertices that do not exist")
        if self.texture.dtype != np.uint8 or self.texture.ndim != 3 or self.texture.shape[2] != 3:
            raise PerformanceError(
                f"texture is {self.texture.dtype} {self.texture.shape} where an RGB image was expected"
            )


def _person(path: Path) -> int:
    number = path.name.removesuffix(".performance.npz").rpartition("_")[2]
    return int(number) if number.isdecimal() else 0
