# SPDX-License-Identifier: GPL-3.0-or-later
"""Strands of hair: growing them around a head, and drawing them as soft lines over a rendered scene."""

import math
from dataclasses import dataclass

import numba
import numpy as np

from nets.lab.synth.face import Camera
from nets.lab.synth.follicles import HEAD_CENTRE, radius_at
from nets.lab.synth.light import Light, lit

CX, CY, CZ = (float(x) for x in HEAD_CENTRE)


@dataclass(frozen=True)
class Strands:
    """N strands of K points each.

    points: (N, K, 3) float32, canonical, millimetres, root first
    colour: (N, 3) float32, linear
    width: (N,) float32, millimetres at the root
    opacity, shine: in [0, 1]
    root_shade: brightness at the root; it is 1 at the tip
    """

    points: np.ndarray
    colour: np.ndarray
    width: np.ndarray
    opacity: float = 0.85
    shine: float = 0.3
    root_shade: float = 0.45


def grow(
    roots: np.ndarray,
    start: np.ndarray,
    comb: np.ndarray,
    length: np.ndarray,
    lift: np.ndarray,
    table: np.ndarray,
    down: np.ndarray,
    weight: float,
    steps: int,
) -> np.ndarray:
    """Grow strands (N, steps, 3) around a head whose radii are in table.

    roots: (N, 3), canonical, millimetres
    start, comb: (N, 3), the direction at the root, and the one that the strand turns to
    length, lift: (N,), millimetres; lift is the least height over the head
    down: (3,), direction of gravity, to which the strand turns in the end, by weight
    """
    out = np.zeros((len(roots), steps, 3), np.float32)
    as_f4 = (np.ascontiguousarray(x, np.float32) for x in (roots, start, comb, length, lift, table, down))
    _grow(*as_f4, np.float32(weight), out)
    return out


def curl(rng: np.random.Generator, points: np.ndarray, phase: np.ndarray, pitch: float, amplitude: np.ndarray) -> None:
    """Wind strands (N, K, 3) in place into helices of amplitude (N,) and pitch, millimetres, and phase (N,)."""
    step = np.linalg.norm(np.diff(points, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(points), 1), np.float32), np.cumsum(step, 1)], 1)
    angle = along * (2 * np.pi / pitch) + phase[:, None]
    ramp = np.minimum(1, along / 12) * amplitude[:, None]
    one, other = rng.standard_normal((2, 3))
    one /= np.linalg.norm(one)
    other = np.cross(one, other / np.linalg.norm(other))
    points += (np.cos(angle) * ramp)[..., None] * one.astype(np.float32)
    points += (np.sin(angle) * ramp)[..., None] * other.astype(np.float32)


def nearest_guide(places: np.ndarray, guides: int) -> np.ndarray:
    """Return for each place (N, 3) the index (N,) of the nearest among the first `guides` places."""
    first = places[:guides]
    return np.argmin((first**2).sum(1) - 2 * places @ first.T, 1)


def gather_in_locks(points: np.ndarray, guide: np.ndarray, strength: float) -> None:
    """Pull strands (N, K, 3) in place towards their guides (N,), most at the tips."""
    t = np.linspace(0, 1, points.shape[1], dtype=np.float32)[None, :, None] * np.float32(strength)
    points += (points[guide] - points) * t


def draw_strands(
    image: np.ndarray, z: np.ndarray, strands: Strands, camera: Camera, light: Light, exposure: float
) -> np.ndarray:
    """Draw strands onto an image, and return their coverage (H, W) float32.

    image: (H, W, 3) float32, linear, changed in place
    z: (H, W), inverse depth of the scene; it hides strands, and holds them afterwards where they are dense
    """
    count, steps, _ = strands.points.shape
    flat = strands.points.reshape(-1, 3)
    view = (flat @ camera.rotation.T).reshape(count, steps, 3)
    screen = camera.project(flat).reshape(count, steps, 3)
    screen[..., 2] = camera.inverse_depth(flat).reshape(count, steps)
    order = np.argsort(screen[..., 2].mean(1))
    centre = (camera.rotation @ HEAD_CENTRE).astype(np.float32)
    cover = np.zeros(z.shape, np.float32)
    hair_z = np.full(z.shape, -np.inf, np.float32)
    _draw(
        image, z, cover, hair_z, order, screen.astype(np.float32), view.astype(np.float32),
        strands.colour.astype(np.float32), strands.width.astype(np.float32) * np.float32(camera.scale),
        np.float32(strands.opacity), np.float32(strands.shine), np.float32(strands.root_shade), centre, light.key,
        light.sky, light.ground, light.shadow_map, light.to_shadow, light.pattern, np.float32(exposure),
    )  # fmt: skip
    np.maximum(z, np.where(cover > 0.6, hair_z, -np.inf), out=z)
    return cover


def shade_map_with(strands: Strands, rotation: np.ndarray, shadow_map: np.ndarray, to_shadow: np.ndarray) -> None:
    """Let strands cast shadows: add them to a shadow map (S, S) in place."""
    view = strands.points @ rotation.T.astype(np.float32)
    places = view @ to_shadow[:, :3].T + to_shadow[:, 3]
    _splat(places.astype(np.float32), shadow_map)


@numba.njit(cache=True, fastmath=True)
def _splat(places, shadow_map):
    size = shadow_map.shape[0]
    for i in range(places.shape[0]):
        for k in range(places.shape[1] - 1):
            for part in range(4):
                f = np.float32(part / 4)
                x = places[i, k, 0] * (1 - f) + places[i, k + 1, 0] * f
                y = places[i, k, 1] * (1 - f) + places[i, k + 1, 1] * f
                column, row = round(x), round(y)
                if 0 <= column < size and 0 <= row < size:
                    depth = places[i, k, 2] * (1 - f) + places[i, k + 1, 2] * f - 1
                    if depth > shadow_map[row, column]:
                        shadow_map[row, column] = depth


@numba.njit(cache=True, fastmath=True)
def _grow(roots, start, comb, length, lift, table, down, weight, out):
    steps = out.shape[1]
    for i in range(roots.shape[0]):
        px, py, pz = roots[i, 0], roots[i, 1], roots[i, 2]
        dx, dy, dz = start[i, 0], start[i, 1], start[i, 2]
        out[i, 0, 0], out[i, 0, 1], out[i, 0, 2] = px, py, pz
        step = length[i] / (steps - 1)
        bend = min(1.0, step / 9)
        for k in range(1, steps):
            # The comb turns a strand most near its root, gravity most near its tip.
            pull = bend * (1.3 if k < 3 else 0.45)
            fall = bend * weight * (0.15 + 0.85 * k / (steps - 1))
            dx += pull * comb[i, 0] + fall * down[0]
            dy += pull * comb[i, 1] + fall * down[1]
            dz += pull * comb[i, 2] + fall * down[2]
            norm = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-6
            dx, dy, dz = dx / norm, dy / norm, dz / norm
            qx, qy, qz = px + dx * step - CX, py + dy * step - CY, pz + dz * step - CZ
            radius = math.sqrt(qx * qx + qy * qy + qz * qz) + 1e-6
            least = radius_at(table, math.atan2(qx, qz), math.asin(min(max(qy / radius, -1.0), 1.0)))
            least += lift[i] * min(1.0, k * step / 12)
            if radius < least:
                qx, qy, qz = qx * least / radius, qy * least / radius, qz * least / radius
            dx, dy, dz = (qx + CX - px) / step, (qy + CY - py) / step, (qz + CZ - pz) / step
            norm = math.sqrt(dx * dx + dy * dy + dz * dz) + 1e-6
            dx, dy, dz = dx / norm, dy / norm, dz / norm
            px, py, pz = qx + CX, qy + CY, qz + CZ
            out[i, k, 0], out[i, k, 1], out[i, k, 2] = px, py, pz


@numba.njit(cache=True, fastmath=True)
def _draw(
    image, z, cover, hair_z, order, screen, view, colour, width, opacity, shine, root_shade, centre, key, sky, ground,
    shadow_map, to_shadow, pattern, exposure,
):  # fmt: skip
    height, breadth = z.shape
    steps = screen.shape[1]
    rgb = np.zeros(3, np.float32)
    p = np.zeros(3, np.float32)
    for o in range(len(order)):
        i = order[o]
        for k in range(steps - 1):
            x0, y0, x1, y1 = screen[i, k, 0], screen[i, k, 1], screen[i, k + 1, 0], screen[i, k + 1, 1]
            if max(x0, x1) < 0 or max(y0, y1) < 0 or min(x0, x1) > breadth - 1 or min(y0, y1) > height - 1:
                continue
            tx = view[i, k + 1, 0] - view[i, k, 0]
            ty = view[i, k + 1, 1] - view[i, k, 1]
            tz = view[i, k + 1, 2] - view[i, k, 2]
            norm = math.sqrt(tx * tx + ty * ty + tz * tz) + 1e-6
            tx, ty, tz = tx / norm, ty / norm, tz / norm
            for d in range(3):
                p[d] = (view[i, k, d] + view[i, k + 1, d]) * 0.5
            nx, ny, nz = p[0] - centre[0], p[1] - centre[1], p[2] - centre[2]
            norm = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-6
            nx, ny, nz = nx / norm, ny / norm, nz / norm
            t = (k + 0.5) / (steps - 1)
            shade = root_shade + (1 - root_shade) * min(1.0, 1.5 * t)
            reach = lit(p, shadow_map, to_shadow, pattern)
            for d in range(3):
                rgb[d] = (ground[d] + (sky[d] - ground[d]) * (0.5 + 0.5 * ny)) * colour[i, d] * 0.8
            for j in range(key.shape[0]):
                lx, ly, lz = key[j, 0, 0], key[j, 0, 1], key[j, 0, 2]
                side = min(max((nx * lx + ny * ly + nz * lz + 0.35) / 0.9, 0.0), 1.0)
                if j == 0:
                    side *= 0.2 + 0.8 * reach
                tl = tx * lx + ty * ly + tz * lz
                hx, hy, hz = lx, ly, lz + 1
                hn = math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-6
                th = (tx * hx + ty * hy + tz * hz) / hn
                diffuse = math.sqrt(max(0.0, 1 - tl * tl))
                highlight = max(0.0, 1 - th * th) ** 30 * shine
                for d in range(3):
                    tint = 0.35 * highlight * (0.25 + math.sqrt(colour[i, d]))
                    rgb[d] += key[j, 1, d] * side * (diffuse * colour[i, d] + tint)
            for d in range(3):
                rgb[d] *= shade * exposure
            w = max(0.35, width[i] * (1 - 0.6 * t))
            fade = opacity
            if w < 1:
                fade = opacity * (0.3 + 0.7 * w)
                w = 1.0
            steep = abs(y1 - y0) > abs(x1 - x0)
            if steep:
                a0, b0, a1, b1 = y0, x0, y1, x1
            else:
                a0, b0, a1, b1 = x0, y0, x1, y1
            i0, i1 = screen[i, k, 2], screen[i, k + 1, 2]
            if a0 > a1:
                a0, b0, a1, b1, i0, i1 = a1, b1, a0, b0, i1, i0
            span = max(a1 - a0, 1e-3)
            first, last = math.ceil(a0), math.ceil(a1)
            if last <= first:
                if k % 2:
                    continue
                last = first + 1
            limit_a, limit_b = (height, breadth) if steep else (breadth, height)
            for a in range(max(first, 0), min(last, limit_a)):
                f = min(max((a - a0) / span, 0.0), 1.0)
                b = b0 + (b1 - b0) * f
                depth = i0 + (i1 - i0) * f
                low, high = math.floor(b - w / 2), math.ceil(b + w / 2)
                for m in range(max(low, 0), min(high, limit_b - 1) + 1):
                    alpha = min(1.0, w / 2 + 0.5 - abs(m - b)) * fade
                    if alpha <= 0:
                        continue
                    row, column = (a, m) if steep else (m, a)
                    if depth < z[row, column]:
                        continue
                    for d in range(3):
                        image[row, column, d] += (rgb[d] - image[row, column, d]) * alpha
                    cover[row, column] += (1 - cover[row, column]) * alpha
                    if depth > hair_z[row, column]:
                        hair_z[row, column] = depth
