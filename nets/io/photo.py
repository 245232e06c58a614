# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of photos: any image file as 8-bit RGB with its EXIF rotation applied."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import cv2
import numpy as np

from nets.errors import UnreadableError
from nets.interface.file_kinds import BLENDER_PHOTO_SUFFIXES, FOREIGN_PHOTO_SUFFIXES, suffix_of
from nets.interface.orientation import HEAD_BYTES, orientation_in, stored_orientation
from nets.io.colour_profile import to_srgb
from nets.io.exif_lens import focal_in

SMALLEST_SIDE = 16
HEIC = re.compile(rb"....ftyp(?:hei[cxs]|hev[cx]|mif1)", re.DOTALL)
DEPTH_BOX = re.compile(rb"pixi\0\0\0\0[\1-\4](.)", re.DOTALL)  # bits of an AVIF's channels (ISO/IEC 23008-12, 6.5.6)
KNOWN = re.compile(
    rb"\xff\xd8\xff|\x89PNG|RIFF|II\*\0|MM\0\*|BM|GIF8|\0\0\0\x0cjP  |P[1-7]\s|#\?R|....ftypavi[fs]", re.DOTALL
)


def read_photo(path: str | Path) -> np.ndarray:
    """Read a photo as (H, W, 3) uint8 RGB, upright, transparent pixels over white. Raises UnreadableError."""
    return decode_photo(read_bytes(path), path)[0]


def focal_of(path: str | Path) -> float | None:
    """Return the focal length in pixels that a photo's file tells, None if it does not. Raises UnreadableError."""
    return decode_photo(read_bytes(path), path)[1]


def read_bytes(path: str | Path) -> np.ndarray:
    """Read a file's bytes (n,) uint8. Raises UnreadableError."""
    try:
        return np.fromfile(path, np.uint8)  # OpenCV's own opening fails on non-ASCII names on Windows
    except IsADirectoryError:  # folders that hold photos have been replaced by them before
        reason = (
            "a folder without photos" if os.access(path, os.R_OK | os.X_OK) else "the folder may not be looked into"
        )
        raise UnreadableError(reason, path) from None
    except OSError as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else error.strerror or "cannot be opened"
        raise UnreadableError(reason, path) from None
    except MemoryError:
        raise UnreadableError("not enough memory for this file", path) from None


def decode_photo(data: np.ndarray, path: str | Path) -> tuple[np.ndarray, float | None]:
    """Decode an image file's bytes (n,) uint8. Raises UnreadableError.

    Returns the photo (H, W, 3) uint8 RGB, upright, and the focal length in pixels, None if the file does not tell it.
    `path` is for messages only.
    """
    if data.size == 0:
        raise UnreadableError("the file is empty", path)
    try:
        image, kinds, metadata = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if "MAX_IMAGE" in str(error):
            raise UnreadableError("too many pixels to decode (over 2^30)", path, "Save it smaller") from None
        image = None
    if image is None:
        raise why_unreadable(data, path)
    height, width = image.shape[:2]
    if min(height, width) < SMALLEST_SIDE:
        raise UnreadableError(f"{width} × {height} pixels are too few to hold a face", path)
    about = {kind: np.asarray(block).tobytes() for kind, block in zip(kinds, metadata, strict=True)}
    exif = about.get(cv2.IMAGE_METADATA_EXIF, b"")
    rgb = to_srgb(to_rgb8(in_full_range(image, data), path), about.get(cv2.IMAGE_METADATA_ICCP, b""))
    return np.ascontiguousarray(upright(rgb, orientation_of(data, exif))), focal_in(exif, (width, height))


def why_unreadable(data: np.ndarray, path: str | Path) -> UnreadableError:
    """Return the error that says why OpenCV does not decode an image file's bytes (n,) uint8."""
    if suffix_of(path) in FOREIGN_PHOTO_SUFFIXES or HEIC.match(data[:12].tobytes()):
        kind = suffix_of(path)[1:].upper() or "HEIC"
        return UnreadableError(f"{kind} photos cannot be read", path, "Save it as JPEG or PNG")
    if suffix_of(path) in BLENDER_PHOTO_SUFFIXES:
        kind = suffix_of(path)[1:].upper()
        return UnreadableError(f"{kind} pictures are read in Blender only", path, "Save it as JPEG or PNG")
    known = KNOWN.match(data[:16].tobytes())
    reason = "the image is damaged or cut short" if known else "not an image in a known format"
    return UnreadableError(reason, path, "Copy it again, or save it as JPEG or PNG")


def orientation_of(data: np.ndarray, exif: bytes) -> int:
    """Return the orientation of an image file's bytes (n,) uint8, whose EXIF block OpenCV has found."""
    head = data[:HEAD_BYTES].tobytes()
    return stored_orientation(io.BytesIO(head)) if head[4:8] == b"ftyp" else orientation_in(exif)


def in_full_range(image: np.ndarray, data: np.ndarray) -> np.ndarray:
    """Return an image of 10 or 12 bits, which OpenCV gives in the low bits of 16, in the range of 16 bits."""
    bits = DEPTH_BOX.search(data[:HEAD_BYTES].tobytes()) if image.dtype == np.uint16 else None
    if bits is None or not 8 < bits[1][0] < 16:
        return image
    return (image.astype(np.float32) * (65535 / ((1 << bits[1][0]) - 1))).clip(0, 65535).astype(np.uint16)


def to_rgb8(image: np.ndarray, path: str | Path) -> np.ndarray:
    """Convert any image that OpenCV decodes (grey, BGR or BGRA; 8, 16 bit or float) to (H, W, 3) uint8 RGB."""
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=1 / 257)
    elif image.dtype in (np.float32, np.float64):  # linear light, as in HDR files
        image = np.uint8(np.clip(np.nan_to_num(image), 0, 1) ** (1 / 2.2) * 255 + 0.5)
    elif image.dtype != np.uint8:
        raise UnreadableError(f"pixels of type {image.dtype} are not supported", path, "Save it with 8 or 16 bits")
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 1:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2RGB)
    rgb = cv2.cvtColor(image[..., :3], cv2.COLOR_BGR2RGB)
    if channels == 4 and image[..., 3].min() < 255:
        alpha = cv2.merge([image[..., 3]] * 3)
        rgb = cv2.add(cv2.multiply(rgb, alpha, scale=1 / 255), cv2.bitwise_not(alpha))
    return rgb


def upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation, 1 to 8 (Exif 2.32, section 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return image
