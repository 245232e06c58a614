# SPDX-License-Identifier: GPL-3.0-or-later
"""What a capture's texture shows of its eyes: the irises, unrolled round the pupils, and the whites."""

from __future__ import annotations

import cv2
import numpy as np

from nets.topology.eye_texture import SCLERA, EyeColours, colours_by_rank

DETAIL = 1024  # texels along a side of the texture in which the eyes are looked at
RADII, ANGLES = 16, 64  # of the unrolled iris
IRIS = np.radians(23.3)  # of the model's eye: angle between its edge and the line of sight
INNER, PUPIL = 0.32, 0.42  # of the iris's radius: the edge of the unrolled one, and of the widest pupil
SEARCH, STEPS = np.radians(14), 15  # how far the iris may lie from where it is expected
ASIDE = 0.6  # of the iris's radius: so high above and below the pupil the white beside the iris is looked for
LEAST_CONTRAST = 0.12  # between white and iris, of the white, for the iris to be believed
RING_BLUR = 2.0  # of the unrolled iris's rows
LEAST_SEEN = 60  # texels
USUAL, GLINT = 35, 1.5  # per cent of the iris's texels that are no brighter than it; of that, what only reflections are
WHITE_RANKS = (0.5, 0.9)  # of the white's texels by brightness: shadow below, reflections above
BRIGHTEST = 236.0  # of a white, sRGB
OWN_TINT = 0.35  # share of the photo's tint in the white: the rest is that of a clean eye


def seen_eyes(
    texture: np.ndarray, openings: list[tuple[np.ndarray, np.ndarray]], skin: np.ndarray
) -> EyeColours | None:
    """Return the colours of the eyes that a capture shows; None if it shows none clearly.

    texture: (DETAIL, DETAIL, 3) uint8 in the UV layout
    openings: for each eye its texels inside the lids, (N, 2) int, row and column, and where they lie on the eyeball:
        angles (N, 2) right and up from the fitted line of sight, radians
    skin: (3,), the face's colour, sRGB
    """
    irises, whites = [], []
    for texels, angles in openings:
        if len(texels) < LEAST_SEEN:
            continue
        colours = texture[texels[:, 0], texels[:, 1]].astype(np.float32)
        centre = _pupil(colours.mean(1), angles)
        if centre is not None:
            away = (angles - centre) / IRIS
            radius = np.linalg.norm(away, axis=1)
            irises.append((colours, away, radius))
            whites.append(colours[(radius > 1.15) & (radius < 2.4)])
    if not irises:
        return None
    colours, away, radius = (np.concatenate(parts) for parts in zip(*irises, strict=True))
    return EyeColours(_white(np.concatenate(whites), skin), _unrolled(colours, away, radius))


def eyes_by_rank(texture: np.ndarray, openings: list[tuple[np.ndarray, np.ndarray]], skin: np.ndarray) -> EyeColours:
    """Return the colours of eyes whose irises cannot be made out, from bright and dark texels."""
    texels = np.concatenate([texels for texels, _ in openings])
    seen = texture[texels[:, 0], texels[:, 1]].astype(np.float32)
    found = colours_by_rank(seen)
    return EyeColours(_white(seen, skin), found.iris)


def _pupil(grey: np.ndarray, angles: np.ndarray) -> np.ndarray | None:
    """Return the pupil's place (2,) among angles (N, 2): the middle of a dark disc of the iris's size, beside which it
    is bright; None if there is none."""
    keep = slice(None, None, max(len(grey) // 900, 1))
    grey, angles = grey[keep], angles[keep]
    best, place = LEAST_CONTRAST, None
    tried = np.linspace(-SEARCH, SEARCH, STEPS)
    for right in tried:
        for up in tried * 0.6:
            away = (angles - (right, up)) / IRIS
            radius = np.hypot(*away.T)
            inside, beside = radius < 0.9, (radius > 1.1) & (radius < 1.7) & (np.abs(away[:, 1]) < ASIDE)
            if min(inside.sum(), beside.sum()) < 12:
                continue
            white = grey[beside].mean()
            contrast = (white - grey[inside].mean()) / max(white, 1.0) - 0.05 * np.hypot(right, up) / SEARCH
            if contrast > best:
                best, place = contrast, np.array([right, up])
    return place


def _unrolled(colours: np.ndarray, away: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the iris (RADII, ANGLES, 3) float32 from colours (N, 3) at places (N, 2) round the pupil, in iris radii,
    radius (N,) from it. Lids, lashes and reflections are left out; what they hide is continued."""
    inside = (radius > PUPIL) & (radius < 0.97)
    grey = colours.mean(1)
    usual = np.percentile(grey[inside], USUAL) if inside.any() else 0.0
    inside &= (grey < GLINT * usual + 12) & (grey > 0.35 * usual)
    colours, away = colours[inside], away[inside]
    outwards = np.clip((radius[inside] - INNER) / (1 - INNER) * RADII, 0, RADII - 1).astype(int)
    turn = (np.arctan2(-away[:, 1], away[:, 0]) / (2 * np.pi) % 1 * ANGLES).astype(int) % ANGLES
    bins = outwards * ANGLES + turn
    count = np.bincount(bins, minlength=RADII * ANGLES).reshape(RADII, ANGLES).astype(np.float32)
    sums = np.stack([np.bincount(bins, c, RADII * ANGLES) for c in colours.T], 1).reshape(RADII, ANGLES, 3)
    mean = np.float32(sums / np.maximum(count, 1)[..., None])
    ring = sums.sum(1) / np.maximum(count.sum(1), 1)[:, None]  # (RADII, 3)
    seen = count.sum(1) > 3
    if not seen.any():
        return np.full((RADII, ANGLES, 3), usual, np.float32)
    ring = np.stack([np.interp(np.arange(RADII), np.flatnonzero(seen), c) for c in ring[seen].T], 1)
    weight = np.minimum(count / 3, 1)
    ring = cv2.GaussianBlur(ring, (1, 13), RING_BLUR, borderType=cv2.BORDER_REPLICATE)  # eyes have no rings
    apart = (mean - ring[:, None]) * weight[..., None]
    wide = np.concatenate([apart] * 3, 1), np.concatenate([weight] * 3, 1)  # it goes on round the pupil
    apart, weight = (cv2.GaussianBlur(each, (0, 0), 1.2)[:, ANGLES : 2 * ANGLES] for each in wide)
    return np.float32(np.clip(ring[:, None] + apart / np.maximum(weight, 0.3)[..., None], 0, 255))


def _white(seen: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Return the colour (3,) of a clean white in the light of the photo, from texels (N, 3) of the sclera.

    It is at least as bright as the skin.
    """
    seen = seen[np.argsort(seen.sum(1))]
    low, high = (int(rank * len(seen)) for rank in WHITE_RANKS)
    shown = seen[low : high + 1].mean(0) if len(seen) else skin
    level = min(max(float(shown.mean()), float(np.mean(skin))), BRIGHTEST)
    tint = OWN_TINT * shown / max(float(shown.mean()), 1.0) + (1 - OWN_TINT) * np.array(SCLERA) / np.mean(SCLERA)
    return np.clip(level * tint, 0, 255)
