# SPDX-License-Identifier: GPL-3.0-or-later
"""Light divided out of a texture, and relief read from shading, on a face whose light and relief are known."""

from functools import partial

import cv2
import numpy as np
import pytest

from nets.geometry.visibility import surface_normals
from nets.model.bundle import load_bundle
from nets.topology.head import HeadMaker
from nets.topology.head_model import Sighting
from nets.topology.lit_surface import FACE_WEIGHT, even_light, lit_surface
from nets.topology.shading_detail import BAND, SIDE, detail_normals, relief_slopes

LIGHTS = ((0, 0, 1), (1, 0.3, 0.5), (-1, 0.2, 0.4), (0, 1, 0.5), (0.4, -0.8, 0.6))
ALBEDO = np.array([0.55, 0.36, 0.27])


@pytest.fixture(scope="module")
def layout():
    return load_bundle().layout


@pytest.fixture(scope="module")
def maker(layout):
    return HeadMaker(layout)


@pytest.fixture(scope="module")
def sight(maker, layout):
    """Return the sighting of the mean face with a texture."""
    vertices = layout.sample(layout.mesh("medium"), layout.mean).astype(np.float32)
    points = partial(maker.correspondence.points, vertices)
    return lambda texture: Sighting(texture, None, maker.model.neutral, points)


def frame(layout, size):
    """Return normals (size, size, 3), tangents along u and v, and the millimetres per texel along both."""
    points = cv2.resize(layout.mean.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
    points = cv2.GaussianBlur(points, (0, 0), size / 256)
    along, up = np.gradient(points, axis=1), -np.gradient(points, axis=0)
    pitch = [np.linalg.norm(each, axis=-1, keepdims=True) for each in (along, up)]
    return -surface_normals(points), along / pitch[0], up / pitch[1], pitch[0][..., 0], pitch[1][..., 0]


def face_texels(layout, size):
    inside = cv2.resize(((layout.weights >= FACE_WEIGHT) & ~layout.bridged).astype(np.uint8), (size, size))
    return cv2.erode(inside, np.ones((size // 40,) * 2)) > 0


def picture(linear):
    return np.uint8(np.clip(linear, 0, 1) ** (1 / 2.2) * 255 + 0.5)


def lit(normals, key, warm=0.0):
    direction = np.array(key) / np.linalg.norm(key)
    bright = 0.25 + 0.1 * normals[..., 1:2] + 0.7 * np.maximum(normals @ direction, 0)[..., None]
    return bright * (1 + warm * np.array([1, 0, -1]))


def test_even_light_halves_the_spread_of_one_skin_under_five_lights(layout, sight):
    normals, *_ = frame(layout, 256)
    freckles = np.exp(0.1 * cv2.GaussianBlur(np.random.default_rng(0).normal(0, 3, (256, 256, 1)), (0, 0), 3))[
        ..., None
    ]
    chosen = face_texels(layout, 256)

    def spread(textures):
        linear = np.array([(texture[chosen] / 255.0) ** 2.2 for texture in textures])
        linear /= linear.mean((1, 2), keepdims=True)  # how bright and how warm a light is no single photo tells
        return linear.std(0).mean()

    seen = [picture(ALBEDO * freckles * lit(normals, key)) for key in LIGHTS]
    even = [even_light(texture, lit_surface(sight(texture), layout)) for texture in seen]
    assert spread(even) < 0.35 * spread(seen)
    kept = [
        (texture[chosen].astype(float).mean(), made[chosen].mean()) for texture, made in zip(seen, even, strict=True)
    ]
    assert all(abs(before - after) < 25 for before, after in kept)  # as bright as it was


@pytest.mark.parametrize("key", LIGHTS[:4])
def test_relief_is_read_from_shading(layout, sight, key):
    """Waves of the lengths that are claimed, seen in side light and with hollows in shade, with noise and blotches."""
    rng = np.random.default_rng(1)
    normals, along, up, pitch_u, pitch_v = frame(layout, SIDE)
    millimetres = float(np.median(pitch_u[face_texels(layout, SIDE)]))
    relief = 0.1 * waves(rng, BAND[0] * 1.3 / millimetres, BAND[1] / 1.3 / millimetres)
    slopes = np.gradient(relief, axis=1) / pitch_u, -np.gradient(relief, axis=0) / pitch_v
    bent = normals - slopes[0][..., None] * along - slopes[1][..., None] * up
    bent /= np.linalg.norm(bent, axis=-1, keepdims=True)
    blotches = np.exp(0.03 * waves(rng, 3, 60))[..., None]
    linear = ALBEDO * blotches * lit(bent, key) * openness(relief, millimetres)[..., None]
    texture = np.uint8(np.clip(picture(linear) + rng.normal(0, 1.5, linear.shape), 0, 255))
    sighting = sight(texture)
    normal_map = detail_normals(sighting, lit_surface(sighting, layout), layout) / 127.5 - 1
    read = -normal_map[..., :2] / normal_map[..., 2:]
    chosen = face_texels(layout, SIDE)
    assert np.corrcoef(read[chosen].ravel(), np.stack(slopes, -1)[chosen].ravel())[0, 1] > 0.6


def test_a_smooth_face_has_no_relief(layout, sight):
    normals, *_ = frame(layout, SIDE)
    surface = lit_surface(sight(picture(ALBEDO * lit(normals, (1, 0.3, 0.5)))), layout)
    assert np.abs(relief_slopes(np.zeros((SIDE, SIDE), np.float32), surface)).max() == 0


def waves(rng, shortest, longest):
    """Return random waves (SIDE, SIDE) of lengths in texels, of standard deviation 1."""
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE)))
    spectrum = np.fft.fft2(rng.standard_normal((SIDE, SIDE)))
    made = np.fft.ifft2(spectrum * ((frequency > 1 / longest) & (frequency < 1 / shortest))).real
    return made / made.std()


def openness(relief, millimetres):
    """Return how much of the sky a relief (SIDE, SIDE) sees at each texel, from its horizon in eight directions."""
    total = np.zeros_like(relief)
    for turn in np.arange(8) * np.pi / 4:
        horizon = np.zeros_like(relief)
        for far in (2, 4, 7, 11):
            down, right = (round(far * each) for each in (np.sin(turn), np.cos(turn)))
            rise = np.roll(relief, (down, right), (0, 1)) - relief
            horizon = np.maximum(horizon, rise / (np.hypot(down, right) * millimetres))
        total += 1 - horizon / np.hypot(1, horizon)
    return total / 8
