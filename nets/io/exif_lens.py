# SPDX-License-Identifier: GPL-3.0-or-later
"""The focal length of a photo in pixels, from what its camera wrote into the file.

Cameras write the focal length in millimetres, the one that would give the same view on 35 mm film, or both. To turn
either into pixels one has to know what the picture's size says about the sensor: a picture may have been made smaller,
cropped, or be a wide or a square part of the sensor.
"""

from __future__ import annotations

import re

import numpy as np

from nets.io import exif

FILM_DIAGONAL = 43.267  # millimetres, of 36 x 24
SAME_SHAPE = (
    0.015  # how far the sides' ratio may be off for a picture to be a smaller copy of another, or a whole sensor
)
SMALL_SENSOR = 1.9  # crop factor from which a sensor is 4:3; larger ones are 3:2
FOCAL_RANGE = 8.0, 2000.0  # millimetres on 35 mm film: what is outside is a mistake
ZOOM_KNOWN = 0.06  # how far the focal length on film may be from what the sensor says

# How many times a sensor's diagonal goes into that of 35 mm film, by make and model.
CROP_FACTORS = (
    (r"canon.*(1d x|1ds|\b5d|\b6d|\br\b|\brp\b|\br[13568]\b|r5|r6|ra\b)", 1.0),
    (r"canon.*eos.*(r7|r10|r50|r100|m\d|m\b|\d{2,4}d|rebel|kiss)", 1.6),
    (r"canon.*1d mark", 1.3),
    (r"nikon.*(d3[sx]?\b|d4s?\b|d5\b|d6\b|df\b|d[678]\d0e?\b|z ?(5|6|7|8|9|f)\b)", 1.0),
    (r"nikon.*(d\d{2,4}[sxh]?\b|z ?(30|50|fc))", 1.53),
    (r"nikon.*1 (j|v|s|aw)\d", 2.7),
    (r"sony.*(ilce-(1|7|9)|dslr-a(850|900)|slt-a99|ilca-99|dsc-rx1\b|dsc-rx1r)", 1.0),
    (r"sony.*(ilce-|nex-|slt-|dslr-|ilca-)", 1.53),
    (r"sony.*dsc-rx(100|10)", 2.73),
    (r"fujifilm.*gfx", 0.79),
    (r"fujifilm.*x-?(t|e|pro|h|s|m|a)\d*|fujifilm.*x100", 1.53),
    (r"(olympus|om digital).*(e-|om-|pen)|panasonic.*(dmc|dc)-(g|gf|gh|gm|gx)", 2.0),
    (r"panasonic.*dc-s\d", 1.0),
    (r"pentax.*k-1\b", 1.0),
    (r"pentax.*k", 1.53),
    (r"leica.*(m(9|10|11)|sl|\bq\d?\b)", 1.0),
    (r"apple.*iphone (3g|4|4s|5|5c|5s|se|6|6s)", 7.6),
)


def focal_in(block: bytes, size: tuple[int, int]) -> float | None:
    """Return the focal length in pixels of a picture of `size` (width and height, either way up); None if unknown.

    block: the EXIF block. A picture that was cut out of the camera's has the camera's focal length in pixels; that is
    known as long as the file tells the camera's size.
    """
    tags = exif.read_tags(block)
    numbers = {tag: value for tag, value in tags.items() if isinstance(value, float) and np.isfinite(value)}
    shot = sorted((numbers.get(exif.WIDTH, 0.0), numbers.get(exif.HEIGHT, 0.0)), reverse=True)
    long, short = sorted(map(float, size), reverse=True)
    if min(shot) < 1:
        shot = [long, short]
    crop = _crop_factor(tags, numbers, shot)
    on_film = _focal_on_film(numbers, crop)
    if on_film is None or not FOCAL_RANGE[0] <= on_film <= FOCAL_RANGE[1]:
        return None
    ratio = long / shot[0]
    if abs(short / shot[1] / ratio - 1) > SAME_SHAPE:  # a crop
        if long > shot[0] * (1 + SAME_SHAPE) or short > shot[1] * (1 + SAME_SHAPE):
            return None
        ratio = 1.0
    return on_film * sensor_diagonal(shot, crop) / FILM_DIAGONAL * ratio


def sensor_diagonal(size: tuple[float, float], crop: float | None = None) -> float:
    """Return the diagonal in pixels of the sensor whose wide, narrow or whole part a picture of this size is.

    crop: see CROP_FACTORS; None if unknown
    """
    long, short = max(size), min(size)
    small = crop is None or crop >= SMALL_SENSOR
    ratio = 4 / 3 if small else 3 / 2
    for whole in (4 / 3, 3 / 2):
        if abs(long / short / whole - 1) <= SAME_SHAPE:
            ratio = whole
    long, short = max(long, short * ratio), max(short, long / ratio)
    return float(np.hypot(long, short))


def _focal_on_film(numbers: dict[int, float], crop: float | None) -> float | None:
    """Return the focal length on 35 mm film, with the digital zoom; some cameras count it in, others do not."""
    zoom = max(numbers.get(exif.DIGITAL_ZOOM, 1.0), 1.0)
    focal, on_film = numbers.get(exif.FOCAL_LENGTH, 0.0), numbers.get(exif.FOCAL_LENGTH_35MM, 0.0)
    if on_film > 0:
        optical = crop is not None and abs(focal * crop / on_film - 1) < ZOOM_KNOWN
        return on_film * zoom if optical else on_film
    return focal * crop * zoom if crop and focal > 0 else None


def _crop_factor(tags: dict, numbers: dict[int, float], shot: list[float]) -> float | None:
    resolution = numbers.get(exif.PLANE_RESOLUTION, 0.0)
    unit = {2.0: 25.4, 3.0: 10.0, 4.0: 1.0}.get(numbers.get(exif.PLANE_UNIT, 2.0))
    if resolution > 0 and unit:
        diagonal = np.hypot(*shot) / resolution * unit
        if 2 < diagonal < 90:
            return FILM_DIAGONAL / diagonal
    name = f"{tags.get(exif.MAKE, '')} {tags.get(exif.MODEL, '')}".lower()
    return next((factor for pattern, factor in CROP_FACTORS if re.search(pattern, name)), None)
