# SPDX-License-Identifier: GPL-3.0-or-later
"""Training pairs as files: NAME.jpg (or .png), 256 x 256, beside NAME.npy, its position map (256, 256, 3) float32.

A map holds x and y in pixels of the photo, whose centres are at integers, y down, and z in pixels, larger nearer and
0 at the farthest vertex; it is 0 beside the surface. This is the form of face3d and PRN. A folder of pairs also has a
layout.npz, which says what the texels mean; for pairs from elsewhere PRN's folder of uv-data says it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from nets.errors import UnreadableError, UsageError
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.io.files import replacing
from nets.io.photo import read_photo
from nets.lab.prn.layout import load_prn_layout
from nets.model.bundle import LAYOUT, load_bundle

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png")
JPEG_QUALITY = 95
MAP_SHAPE = (SIZE, SIZE, 3)


@dataclass(frozen=True)
class PairFiles:
    """The two files of a pair."""

    photo: Path
    position_map: Path


def find_pairs(folder: Path) -> list[PairFiles]:
    """Return the pairs of a folder and those below it, in the order of their names.

    Maps without a photo, and photos without a map, are no pairs. Raises UsageError if there is none, UnreadableError
    if a map has another form.
    """
    pairs = []
    for position_map in sorted(folder.rglob("*.npy")):
        beside = (position_map.with_suffix(suffix) for suffix in PHOTO_SUFFIXES)
        if photo := next((path for path in beside if path.is_file()), None):
            _open_map(position_map)
            pairs.append(PairFiles(photo, position_map))
    if not pairs:
        message = "there are no pairs here, NAME.jpg beside NAME.npy"
        raise UsageError(message, folder, "Make them with: python -m nets prepare-300w-lp")
    return pairs


def read_pair(files: PairFiles) -> tuple[np.ndarray, np.ndarray]:
    """Read a photo (256, 256, 3) uint8 RGB and its position map (256, 256, 3) float32. Raises UnreadableError."""
    photo, position_map = read_photo(files.photo), np.array(_open_map(files.position_map), np.float32)
    if photo.shape != MAP_SHAPE:
        message = f"{photo.shape[1]} × {photo.shape[0]} pixels, but the photos of pairs have {SIZE} × {SIZE}"
        raise UnreadableError(message, files.photo, "Crop it as its map was made")
    if not np.isfinite(position_map).all():
        raise UnreadableError("the map has values that are no numbers", files.position_map, "Make the pair again")
    return photo, position_map


def write_pair(stem: Path, photo: np.ndarray, position_map: np.ndarray) -> None:
    """Write a pair as STEM.jpg and STEM.npy; the map is written last, so that a pair is whole. Raises OutputError."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    encoded = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    with replacing(stem.with_name(f"{stem.name}.jpg")) as file:
        file.write(encoded.tobytes())
    with replacing(map_of(stem)) as file:
        np.save(file, position_map.astype(np.float32))


def map_of(stem: Path) -> Path:
    """Return the path of the map of a pair that is written as STEM.jpg and STEM.npy."""
    return stem.with_name(f"{stem.name}.npy")


def load_pairs_layout(folder: Path, uv_data: Path | None) -> UVLayout:
    """Return the layout of a folder's pairs: PRN's by its uv-data, if given, else the one that lies in the folder.

    Raises UsageError if there is neither, UnreadableError if it cannot be read.
    """
    if uv_data:
        return load_prn_layout(uv_data, load_bundle().layout)
    if not (folder / LAYOUT).is_file():
        message = f"there is no {LAYOUT}, which says what the texels of the maps mean"
        raise UsageError(message, folder, "For maps in PRN's layout, give its folder Data/uv-data with --uv-data")
    try:
        return UVLayout.load(folder / LAYOUT)
    except ValueError as error:
        raise UnreadableError(f"not a UV layout ({error})", folder / LAYOUT, "Make the pairs again") from None


def _open_map(path: Path) -> np.ndarray:
    """Map a position map's file into memory, and check its form. Raises UnreadableError."""
    remedy = f"Position maps are arrays of {SIZE} x {SIZE} x 3 numbers, as numpy saves them"
    try:
        position_map = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableError(f"not an array that numpy has saved ({error})", path, remedy) from None
    if position_map.shape != MAP_SHAPE or position_map.dtype.kind != "f":
        form = f"an array of {position_map.dtype}, {' x '.join(map(str, position_map.shape))}"
        raise UnreadableError(f"{form}, is no position map", path, remedy)
    return position_map
