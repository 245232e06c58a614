# SPDX-License-Identifier: GPL-3.0-or-later
"""Necks, shoulders and clothes, which may be turned against the head."""

from dataclasses import dataclass

import numpy as np

from nets.lab.synth.face import rotation_matrix
from nets.lab.synth.parts import Material, Part, cloth_colour, ellipsoid, grid_part, tube

PIVOT = np.array([0, -120, -80], np.float32)  # millimetres; where a neck turns
# Height (millimetres) below which the neck begins, by depth: just under the jaw line of the landmarks.
JAW_DEPTHS, JAW_HEIGHTS = (-130, -85, -60, -40, -10, 12), (-60, -66, -84, -106, -116, -124)


@dataclass(frozen=True)
class Posture:
    """How the body continues a head.

    rotation: (3, 3), of the shoulders against the head
    girth: the neck's width over the face model's
    chin: millimetres by which the flesh under the chin hangs
    """

    rotation: np.ndarray
    girth: float
    chin: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Posture":
        """Draw a posture."""
        turned = rng.normal(0, (0.4, 0.25, 0.15)) * (rng.random() < 0.8)
        heavy = rng.random() < 0.3
        girth = rng.normal(1.06, 0.09) + 0.12 * heavy
        return cls(rotation_matrix(*np.clip(turned, -0.9, 0.9)), girth, heavy * rng.uniform(2, 16))

    def place(self, points: np.ndarray) -> np.ndarray:
        """Turn points (…, 3) of an upright body with the shoulders."""
        return PIVOT + (points - PIVOT) @ self.rotation.T

    def bend(self, vertices: np.ndarray) -> np.ndarray:
        """Bend the neck of a head (V, 3) below the jaw; the face stays where it is."""
        below = np.interp(vertices[:, 2], JAW_DEPTHS, JAW_HEIGHTS) - vertices[:, 1]
        # Millimetres below the jaw over which the neck begins to widen, and over which it turns with the shoulders.
        near = np.clip(below / 25, 0, 1)
        far = np.clip(below / 90, 0, 1)
        far = (far * far * (3 - 2 * far))[:, None]
        out = vertices.copy()
        flesh = near * np.clip(1 - below / 70, 0, 1) * np.clip((vertices[:, 2] + 75) / 50, 0, 1)
        flesh *= np.clip(1.4 - np.abs(vertices[:, 0]) / 40, 0, 1)
        out[:, 1] -= self.chin * flesh
        out[:, 2] += 0.4 * self.chin * flesh
        widen = 1 + (self.girth - 1) * near[:, None]
        out[:, ::2] = PIVOT[::2] + (out[:, ::2] - PIVOT[::2]) * widen
        return out + (self.place(out) - out) * far


def clothes(rng: np.random.Generator, posture: Posture) -> list[Part]:
    """Draw shoulders in a garment, at times with a collar or a scarf."""
    colour = cloth_colour(rng)
    kind = rng.choice(["crew", "shirt", "polo neck", "scarf", "open", "hood"], p=[0.3, 0.27, 0.12, 0.07, 0.19, 0.05])
    parts = [_torso(rng, posture, colour)]
    if kind == "shirt":
        inner = cloth_colour(rng) if rng.random() < 0.6 else np.float32([0.75, 0.75, 0.75])
        parts.append(_ring(posture, inner, -rng.uniform(128, 150), rng.uniform(22, 34), rng.uniform(58, 70), 14, 0.25))
        if rng.random() < 0.4:
            tie = [(0, -188, 2), (0, -215, 22), (0, -260, 36)]
            parts.append(
                tube(posture.place(np.array(tie, float)), 11.0, Material.PLAIN, cloth_colour(rng), closed=False)
            )
    elif kind == "polo neck":
        parts.append(_ring(posture, colour, -rng.uniform(118, 140), rng.uniform(30, 55), rng.uniform(58, 72), 10, 0))
    elif kind in ("scarf", "hood"):
        cloth = cloth_colour(rng)
        for _ in range(2 if kind == "scarf" else 1):
            angle = np.linspace(0, 2 * np.pi, 30, endpoint=False)
            radius = rng.uniform(66, 84)
            y = -rng.uniform(140, 165) + rng.uniform(4, 14) * np.cos(angle + rng.normal(0, 0.6)) * -1
            path = np.stack([radius * np.sin(angle), y, -72 + radius * 1.05 * np.cos(angle)], 1)
            parts.append(tube(posture.place(path), rng.uniform(14, 26), Material.PLAIN, cloth, closed=True))
    elif kind == "crew":
        parts.append(_ring(posture, colour, -rng.uniform(150, 175), 30, rng.uniform(60, 72), 45, 0))
    return parts


def _torso(rng: np.random.Generator, posture: Posture, colour: np.ndarray) -> Part:
    material = Material.PRINT if rng.random() < 0.15 else Material.PLAIN
    axes = np.diag([rng.uniform(180, 240), 115, 105])
    torso = ellipsoid((0, -rng.uniform(240, 285), -82), axes, material, colour)
    local = torso.vertices * 0.05
    if material is Material.PRINT:
        period = rng.uniform(14, 60, 2) * rng.choice([1, 1e4], 2)
        local = torso.vertices / np.array([*period, 1])
        local[:, 2] = rng.uniform(0.1, 0.7)
    return Part(
        material, posture.place(torso.vertices).astype(np.float32), torso.triangles, local.astype(np.float32), colour
    )


def _ring(
    posture: Posture, colour: np.ndarray, top: float, height: float, radius: float, flare: float, gap: float
) -> Part:
    """Make a collar around the neck, open in front by an angle of gap, radians, on each side."""
    angle = np.linspace(gap, 2 * np.pi - gap, 36)[None]
    t = np.linspace(0, 1, 5)[:, None]
    r = radius + flare * t
    y = top - height * t - 14 * np.cos(angle) + 0 * t
    points = np.stack([r * np.sin(angle), y, -72 + r * 1.05 * np.cos(angle)], -1)
    return grid_part(Material.PLAIN, posture.place(points), points * 0.05, colour)
