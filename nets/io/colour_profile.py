# SPDX-License-Identifier: GPL-3.0-or-later
"""From a photo's colour profile to sRGB: Display P3, Adobe RGB and all others that are three curves and a matrix.

Profiles with tables (CMYK, scanners) are left as they are, as most viewers of sRGB do. ICC.1:2010, sections 8.3, 10.5
and 10.15.
"""

import struct

import numpy as np

# sRGB's primaries in the profiles' own space (D50), as its profile has them: the columns of red, green and blue.
SRGB = np.array([[0.4360, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
SAME = 2e-3  # of the matrix and of linear light, within which a profile is sRGB already
LEVELS = np.linspace(0, 1, 256)


def to_srgb(photo: np.ndarray, profile: bytes) -> np.ndarray:
    """Convert a photo (H, W, 3) uint8 RGB from its profile to sRGB; without a profile of this kind it is unchanged."""
    read = read_profile(profile)
    if read is None:
        return photo
    matrix, curves = read
    wanted = srgb_to_linear(LEVELS)
    if np.abs(matrix - SRGB).max() < SAME and np.abs(curves - wanted).max() < SAME:
        return photo
    linear = np.stack([curves[k][photo[..., k]] for k in range(3)], -1).astype(np.float32)
    mixed = linear @ (np.linalg.inv(SRGB) @ matrix).T.astype(np.float32)
    steps = np.searchsorted((wanted[1:] + wanted[:-1]) / 2, np.linspace(0, 1, 1 << 14)).astype(np.uint8)
    return steps[(mixed.clip(0, 1) * (len(steps) - 1) + 0.5).astype(np.uint16)]


def read_profile(profile: bytes) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the columns of red, green and blue (3, 3) and the curves (3, 256) of an RGB profile; None for others."""
    if len(profile) < 132 or profile[16:20] != b"RGB ":
        return None
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        tags = {}
        for k in range(min(count, 100)):
            name, offset, size = struct.unpack_from(">4sII", profile, 132 + 12 * k)
            tags[name] = profile[offset : offset + size]
        matrix = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], 1)
        curves = np.stack([_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])
    except (KeyError, struct.error, ValueError):
        return None
    return matrix, curves


def srgb_to_linear(values: np.ndarray) -> np.ndarray:
    """Return the linear light of sRGB's values in [0, 1] (IEC 61966-2-1)."""
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _xyz(tag: bytes) -> np.ndarray:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> np.ndarray:
    """Return the linear light (256,) of each level, of a curve or a parametric curve."""
    if tag[:4] == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return LEVELS
        values = np.array(struct.unpack_from(f">{count}H", tag, 12))
        return (
            LEVELS ** (values[0] / 256) if count == 1 else np.interp(LEVELS, np.linspace(0, 1, count), values / 65535)
        )
    if tag[:4] != b"para":
        raise ValueError("an unknown kind of curve")
    (kind,) = struct.unpack_from(">H", tag, 8)
    parameters = np.array(struct.unpack_from(f">{(1, 3, 4, 5, 7)[min(kind, 4)]}i", tag, 12)) / 65536
    gamma, a, b, c, d, e, f = np.r_[parameters, np.zeros(7 - len(parameters))]
    if kind == 0:
        return LEVELS**gamma
    edge = -b / a if kind in (1, 2) else d
    low = {1: 0.0, 2: c, 3: c * LEVELS, 4: c * LEVELS + f}[min(kind, 4)]
    high = (a * LEVELS + b).clip(min=0) ** gamma + {1: 0.0, 2: c, 3: 0.0, 4: e}[min(kind, 4)]
    return np.where(edge <= LEVELS, high, low).clip(0, 1)
