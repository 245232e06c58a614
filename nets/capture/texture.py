# SPDX-License-Identifier: GPL-3.0-or-later
"""The face's texture from the photo; texels that the camera did not see are filled from the mirrored half.

The layout is symmetric about u = 0.5, so mirroring a texture is reversing its columns. The mirrored half is shifted in
colour by a smooth field that equals the difference of the halves where both are seen (a membrane, as in gradient-domain
cloning: Pérez, Gangnet, Blake, SIGGRAPH 2003), so that it meets the seen half without a seam under one-sided light.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nets.geometry.crop import shrunk_region
from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.geometry.visibility import Visibility, smoothstep

SEEN = 0.5  # share of a texel's colour from its own place in the photo, from which texture_mask marks it
RIM = 0.006  # margin in which the photo may show the background, because no fit is exact
RIM_QUALITY = 0.3  # of a texel within the rim
FOREIGN = 40  # grey levels by which the background differs from the face
PREFERENCE = 4  # power with which the better of two photos wins a texel
LIGHT = 16  # cells along each side in which the light of two photos is compared: finer ones would transfer details
MAX_GAIN = 1.4  # factor on a photo's colours: with more, the highlights of a dark photo would clip
MIN_COMMON = 100  # texels that two photos must have in common for a comparison
STRIP = 32  # rows that are blended at a time: they stay in the processor's cache
COVERED, BARE = 0.25, 0.5  # probability of an ear's being in plain view at which none and all of its colour is used
COVERED_SKIN, BARE_SKIN = 0.5, 0.85  # the same of the face below the eyes, where hands, locks and hoods are no skin
LOWER_FACE = 3.0  # loss weight of the layout from which a texel is one of the face
BLACK = 12  # grey level up to which all of a line along the photo's edge is of a bar: compressed black is not quite 0
GLANCING, PLAIN = 0.08, 0.4  # presence under which a texel is too smeared to use, and from which it is used as it is


@dataclass(frozen=True)
class TextureView:
    """What photos show of each texel.

    seen: (T, T, 3) float32 or uint8, its colour
    presence: (256, 256) float32 in [0, 1], how far it is shown at all
    clean: (256, 256) float32 in [0, 1], how far it is shown without the risk of showing the background
    """

    seen: np.ndarray
    presence: np.ndarray
    clean: np.ndarray


def make_texture(
    photo: np.ndarray, position_map: np.ndarray, layout: UVLayout, visibility: Visibility, size: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return texture (T, T, 3) and mask (T, T), uint8, from a photo (H, W, 3) uint8 and a map in its image space."""
    return complete(view_texture(photo, position_map, visibility, size), layout)


def without_covered_ears(visibility: Visibility, in_view: np.ndarray, layout: UVLayout) -> Visibility:
    """Mark ears that hair covers as not seen, so that they do not take its colour; elsewhere hair may stay.

    in_view: (256, 256) in [0, 1], probability that a texel is in plain view; NaN if the network does not tell
    """
    bare = smoothstep((np.nan_to_num(in_view, nan=1) - COVERED) / (BARE - COVERED))
    bare = np.where(layout.ears, bare, 1).astype(np.float32)
    return replace(visibility, seen=visibility.seen * cv2.GaussianBlur(bare, (0, 0), 1.5))


def without_covered(visibility: Visibility, in_view: np.ndarray, layout: UVLayout) -> Visibility:
    """Mark ears and what of the face below the eyes is covered as not seen: hands, locks and hoods are no skin.

    On the forehead and at the eyes hair and glasses stay. in_view: as in without_covered_ears
    """
    visibility = without_covered_ears(visibility, in_view, layout)
    lower = np.arange(SIZE)[:, None] > layout.feature_texels[36:48, 0].max()
    lower = cv2.GaussianBlur(np.float32(lower & (layout.weights >= LOWER_FACE)), (0, 0), 2)
    bare = smoothstep((np.nan_to_num(in_view, nan=1) - COVERED_SKIN) / (BARE_SKIN - COVERED_SKIN))
    return replace(visibility, seen=visibility.seen * (1 - lower * (1 - bare)))


def view_texture(photo: np.ndarray, position_map: np.ndarray, visibility: Visibility, size: int) -> TextureView:
    """Return what a photo (H, W, 3) uint8 shows of a face, position_map (256, 256, 3) being in its image space."""
    seen = sample_photo(photo, position_map, size)
    presence = visibility.seen * np.maximum(visibility.facing, 0) * inside(position_map, without_bars(photo))
    presence = cv2.GaussianBlur(cv2.erode(presence, np.ones((3, 3))), (0, 0), 1.5)
    clean = cv2.GaussianBlur(presence * smoothstep((visibility.margin - RIM) / RIM), (0, 0), 1.5)
    presence *= 1 - foreign(reduce(seen), clean, visibility.inset)
    return TextureView(seen, presence, clean)


def merge(views: list[TextureView], trust: list[np.ndarray] | None = None) -> TextureView:
    """Merge several views into one: each texel comes from the photos that show it best, in the first photo's colours.

    trust: for each view (256, 256) in [0, 1], the probability that it shows the face itself and no occluder
    """
    size = len(views[0].seen)
    total, weights = np.zeros((size, size, 3), np.float32), np.full((size, size, 1), 1e-20, np.float32)
    presence, clean, trusted_clean = np.zeros((3, SIZE, SIZE), np.float32)
    for view, trusted in zip(views, trust or [np.ones((SIZE, SIZE), np.float32)] * len(views), strict=True):
        quality = trusted * (view.clean + RIM_QUALITY * np.maximum(view.presence - view.clean, 0))
        weight = enlarge(np.maximum(quality, 1e-3) ** PREFERENCE, size)[..., None]
        total += weight * recoloured(view.seen, total / weights, trusted_clean * trusted * view.clean)
        weights += weight
        presence, clean = np.maximum(presence, view.presence), np.maximum(clean, view.clean)
        trusted_clean = np.maximum(trusted_clean, trusted * view.clean)
    return TextureView(total / weights, presence, clean)


def recoloured(seen: np.ndarray, wanted: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return colours (T, T, 3) float32 with the exposure and the light of other colours, `wanted`.

    common: (256, 256) float32 in [0, 1], how far both show the same. Returned unchanged if that is almost nowhere.
    """
    if common.sum() < MIN_COMMON:
        return seen.astype(np.float32)
    gain, shift = colour_match(reduce(seen), reduce(wanted), common, MAX_GAIN)
    return seen * gain + enlarge(shift, len(seen), cv2.INTER_CUBIC)


def colour_match(
    seen: np.ndarray, wanted: np.ndarray, common: np.ndarray, largest: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gain (3,) and the shift (16, 16, 3) that bring colours (256, 256, 3) to wanted ones: the difference in
    exposure, and the smooth one in light. common: as in recoloured; largest: limit of the gain"""
    common = common[..., None]
    gain = (wanted * common).sum((0, 1)) / np.maximum((seen * common).sum((0, 1)), 1)
    gain = np.clip(gain, 1 / largest, largest)
    difference, weight = (
        cv2.resize(values, (LIGHT, LIGHT), interpolation=cv2.INTER_AREA)
        for values in ((wanted - gain * seen) * common, common)
    )
    return gain, push_pull(difference / np.maximum(weight, 1e-6)[..., None], weight)


def complete(view: TextureView, layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """Return texture (T, T, 3) and mask (T, T), uint8; texels that are not seen are filled."""
    seen, size = view.seen, len(view.seen)
    presence, clean, small = view.presence, view.clean, reduce(view.seen)
    own, mirrored = blend_weights(presence, clean + RIM_QUALITY * np.maximum(presence - clean, 0))

    shift = push_pull(small - small[:, ::-1], clean * clean[:, ::-1])
    colour = own[..., None] * small + mirrored[..., None] * (small[:, ::-1] + shift)
    known = np.maximum(own * clean, mirrored * clean[:, ::-1])
    rest = push_pull(colour / np.maximum(own + mirrored, 1e-6)[..., None], known)
    smooth = mirrored[..., None] * shift + (1 - own - mirrored)[..., None] * rest

    own, mirrored, smooth = (enlarge(array, size) for array in (own, mirrored, smooth))
    texture, mirror = np.empty((size, size, 3), np.uint8), cv2.flip(seen, 1)
    for first in range(0, size, STRIP):
        rows = slice(first, first + STRIP)
        here, there = (cv2.merge([weight[rows]] * 3) for weight in (own, mirrored))  # quicker than broadcasting
        texture[rows] = np.clip(here * seen[rows] + there * mirror[rows] + smooth[rows] + 0.5, 0, 255)
    mask = (own > SEEN) & (enlarge(layout.mask, size) > 0.5)
    return texture, np.uint8(mask)


def foreign(colours: np.ndarray, clean: np.ndarray, inset: np.ndarray) -> np.ndarray:
    """Return where the outline shows the background: (256, 256), 1 where colours differ from clean texels nearby."""
    distance = np.maximum.reduce(cv2.split(cv2.absdiff(colours, push_pull(colours, clean))))
    strange = smoothstep((distance - FOREIGN) / FOREIGN) * smoothstep((3 * RIM - inset) / RIM)
    return cv2.GaussianBlur(cv2.dilate(strange, np.ones((5, 5))), (0, 0), 1.5)


def blend_weights(presence: np.ndarray, quality: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weights in [0, 1] of the texel itself and of its mirror image, (256, 256) each; the rest is filled.

    Presence is how far the photo shows the texel at all, quality how well. A well seen texel keeps its own colour; one
    seen at a glancing angle or at an outline keeps it only if its mirror image is no better.
    """
    share = quality / np.maximum(quality + quality[:, ::-1], 1e-6)
    own = np.maximum(smoothstep((quality - 0.15) / 0.3), smoothstep((share - 0.25) / 0.25))
    own = cv2.GaussianBlur(own, (0, 0), 2.0) * smoothstep((presence - GLANCING) / (PLAIN - GLANCING))
    mirrored = (1 - own) * smoothstep((presence[:, ::-1] - GLANCING) / (PLAIN - GLANCING))
    return own, mirrored


def texel_step(position_map: np.ndarray, size: int) -> float:
    """Return the photo's pixels from one texel of a texture of `size` texels on each side to the next, the median."""
    x, y, _ = cv2.split(position_map)
    return float(np.median(cv2.magnitude(np.diff(x), np.diff(y)))) * SIZE / size


def sample_photo(photo: np.ndarray, position_map: np.ndarray, size: int) -> np.ndarray:
    """Return the photo's colour under each texel, (T, T, 3) uint8, antialiased where a texel covers several pixels."""
    x, y, _ = cv2.split(position_map)
    shrink = 1 << max(round(np.log2(max(texel_step(position_map, size), 1.0))), 0)
    low, high = np.array([(x.min(), y.min()), (x.max(), y.max())])
    region, origin = shrunk_region(photo, low, high, shrink)
    where = enlarge((position_map[..., :2] - origin) / shrink - 0.5, size, cv2.INTER_CUBIC)
    return cv2.remap(region, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def without_bars(photo: np.ndarray) -> tuple[int, int, int, int]:
    """Return left, top, right, bottom of what a photo (H, W, 3) uint8 shows within black bars along its edges."""
    rows, columns = photo, photo.swapaxes(0, 1)
    (left, right), (top, bottom) = map(_without_bars, (columns, rows))
    return left, top, right, bottom


def _without_bars(lines: np.ndarray) -> tuple[int, int]:
    """Return the first and the last line (N, M, 3) that is not black; of a black photo those of all."""
    last = len(lines) - 1
    first = next((k for k in range(last + 1) if lines[k].max() > BLACK), None)
    if first is None:
        return 0, last
    return first, next(k for k in range(last, -1, -1) if lines[k].max() > BLACK)


def inside(position_map: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """Return 1 where a texel lies in a box of the photo (left, top, right, bottom), falling to 0 over its last two
    pixels, (256, 256) float32."""
    left, top, right, bottom = box
    x, y = position_map[..., 0], position_map[..., 1]
    return np.clip(np.minimum.reduce([x - left, y - top, right - x, bottom - y]) / 2, 0, 1).astype(np.float32)


def enlarge(array: np.ndarray, size: int, interpolation: int = cv2.INTER_LINEAR) -> np.ndarray:
    """Resize a map (256, 256, C) to (T, T, C) float32, texel areas aligned."""
    return cv2.resize(array.astype(np.float32), (size, size), interpolation=interpolation)


def reduce(texture: np.ndarray) -> np.ndarray:
    """Resize a texture (T, T, 3) to (256, 256, 3) float32, averaged."""
    return cv2.resize(texture, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
