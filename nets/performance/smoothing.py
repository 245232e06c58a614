# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing of tracked signals: it removes their jitter and keeps fast motion.

A smoother over the whole clip has no lag. This one keeps the second differences of a signal small (Whittaker 1923;
Eilers, "A perfect smoother", Analytical Chemistry 2003). It does so strongly where the signal is at rest or moves
evenly, and hardly where it starts, stops or turns by more than its noise: a blink keeps its height and a still face is
still.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

STRONGEST = 6.0  # power of ten of the smoothing at strength 1
FIRST_GUESS = 10.0  # smoothing with which motion is first separated from noise
ROUNDS = 3
WINDOW = 2.0  # frames: standard deviation of the window over which motion is averaged
FADE = 4  # frames on either side of a range over which its strengths fade into those of the clip
NOISE_FACTOR = 3.0  # second differences up to so many times those of the noise count as noise


@dataclass(frozen=True)
class Strengths:
    """How strongly a head's place in the picture, its nearness, its rotation and its face are smoothed, in [0, 1]."""

    position: float
    depth: float
    rotation: float
    expression: float

    @staticmethod
    def all(strength: float) -> Strengths:
        """Return one strength for all."""
        return Strengths(strength, strength, strength, strength)


@dataclass(frozen=True)
class SmoothedRange:
    """Frames first to last of a clip, both included, which are smoothed by strengths of their own."""

    first: int
    last: int
    strengths: Strengths

    def share(self, frames: np.ndarray) -> np.ndarray:
        """Return how far frames (F,) of the clip have these strengths, (F,) in [0, 1]: it fades in and out."""
        outside = np.maximum(np.maximum(self.first - frames, frames - self.last), 0)
        return np.clip(1 - outside / (FADE + 1), 0, 1)


def smooth(values: np.ndarray, strength: float, together: bool = False) -> np.ndarray:
    """Smooth the values (F, D) of one shot's frames by a strength in [0, 1].

    Each of the D signals has its own noise and motion, unless `together`: then they share them, as the four components
    of a quaternion do.
    """
    values = values.astype(np.float64)
    if strength <= 0 or len(values) < 5:
        return values
    # Third differences hold little motion, so their median estimates the noise: Δ³ has 20 times its variance.
    noise = (np.median(np.abs(np.diff(values, 3, axis=0)), 0) / 0.6745) ** 2 / 20
    if together:
        noise = np.full_like(noise, noise.mean())
    strongest = 10.0 ** (STRONGEST * strength)
    strengths = np.full((len(values) - 2, values.shape[1]), min(FIRST_GUESS, strongest))
    for _ in range(ROUNDS):
        smoothed = whittaker(values, strengths)
        motion = np.diff(smoothed, 2, axis=0) ** 2
        if together:
            motion = np.repeat(motion.mean(1, keepdims=True), motion.shape[1], 1)
        motion = _windowed(motion - NOISE_FACTOR * noise * noise_gain(strengths))
        strengths = noise / np.maximum(motion, noise / strongest + 1e-30)
    return whittaker(values, strengths)


def without_excursions(values: np.ndarray, strength: float) -> np.ndarray:
    """Take single frames out of values (F, D) of one shot that leave what the frames before and after lead to.

    Each value is limited to the span of its two neighbours and of where their own motion, continued, would have it: a
    fast movement keeps its height and its time, a jump of one frame does not. A strength of 0 keeps all values.
    """
    if strength <= 0 or len(values) < 3:
        return values.copy()
    padded = np.concatenate([values[:1], values[:1], values, values[-1:], values[-1:]])
    before, after = padded[1:-3], padded[3:-1]
    led = np.stack([before, after, 2 * before - padded[:-4], 2 * after - padded[4:]])
    limited = np.clip(values, led.min(0), led.max(0))
    limited[[0, -1]] = values[[0, -1]]  # which have one neighbour only
    return limited


def running_median(values: np.ndarray, frames: int) -> np.ndarray:
    """Return the medians of values (F, D) of one shot over an odd number of frames about each."""
    padded = np.pad(values, ((frames // 2, frames // 2), (0, 0)), mode="edge")
    return np.median(np.lib.stride_tricks.sliding_window_view(padded, frames, axis=0), -1)


def smooth_rotations(rotations: np.ndarray, strength: float) -> np.ndarray:
    """Smooth the rotations (F, 3, 3) of nets.geometry.pose (determinant -1) of one shot, as quaternions."""
    quaternions = smooth(quaternions_of(rotations), strength, together=True)
    return rotations_of(quaternions / np.linalg.norm(quaternions, axis=1, keepdims=True))


def whittaker(values: np.ndarray, strengths: np.ndarray, trust: np.ndarray | float = 1.0) -> np.ndarray:
    """Return the x (F, D) that minimises sum trust (x - values)² + sum strengths (Δ²x)².

    strengths: (F - 2, D); trust: (F, D) or one number, greater than 0. This is one pentadiagonal system per signal,
    solved by LDLᵀ.
    """
    count = len(values)
    weight = np.zeros((count + 2, values.shape[1]))
    weight[2:count] = strengths  # of the second difference that begins at frame k: weight[k + 2]
    values = trust * values
    diagonal = trust + weight[2:] + 4 * weight[1:-1] + weight[:-2]
    first_off = -2 * (weight[2:] + weight[1:-1])
    second_off = weight[2:]
    pivot, first, second, z = (np.zeros((count + 2, values.shape[1])) for _ in range(4))
    for k in range(count):  # rows -1 and -2 are still zero when they are read
        pivot[k] = diagonal[k] - pivot[k - 1] * first[k - 1] ** 2 - pivot[k - 2] * second[k - 2] ** 2
        first[k] = (first_off[k] - pivot[k - 1] * first[k - 1] * second[k - 1]) / pivot[k]
        second[k] = second_off[k] / pivot[k]
        z[k] = values[k] - first[k - 1] * z[k - 1] - second[k - 2] * z[k - 2]
    z[:count] /= pivot[:count]
    for k in range(count - 2, -1, -1):
        z[k] -= first[k] * z[k + 1] + second[k] * z[k + 2]
    return z[:count]


def noise_gain(strengths: np.ndarray) -> np.ndarray:
    """Return the variance of the second differences of white noise of variance 1 after smoothing."""
    frequency = (np.arange(512) + 0.5) / 512 * np.pi
    power = (2 * np.sin(frequency / 2)) ** 4
    table = np.logspace(-4, STRONGEST, 64)
    gains = (power / (1 + table[:, None] * power) ** 2).mean(1)
    return np.interp(np.log(np.maximum(strengths, 1e-30)), np.log(table), gains)


def _windowed(values: np.ndarray) -> np.ndarray:
    """Average values (F, D) over neighbouring frames with a Gaussian window."""
    reach = int(3 * WINDOW)
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / WINDOW) ** 2)
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    return sum(w * padded[k : k + len(values)] for k, w in enumerate(window / window.sum()))


def quaternions_of(rotations: np.ndarray) -> np.ndarray:
    """Return quaternions w, x, y, z (F, 4) of the rotations (F, 3, 3) of nets.geometry.pose, whose y rows are flipped.

    Of the two signs each quaternion has the one that is closer to the quaternion before it.
    """
    r = rotations.astype(np.float64) * np.array([1, -1, 1])[:, None]
    turn = np.trace(r, axis1=1, axis2=2)
    trace = np.stack([1 + turn, *(1 + 2 * r[:, k, k] - turn for k in range(3))])
    products = np.stack(
        [
            np.stack([trace[0], r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]], 1),
            np.stack([r[:, 2, 1] - r[:, 1, 2], trace[1], r[:, 0, 1] + r[:, 1, 0], r[:, 0, 2] + r[:, 2, 0]], 1),
            np.stack([r[:, 0, 2] - r[:, 2, 0], r[:, 0, 1] + r[:, 1, 0], trace[2], r[:, 1, 2] + r[:, 2, 1]], 1),
            np.stack([r[:, 1, 0] - r[:, 0, 1], r[:, 0, 2] + r[:, 2, 0], r[:, 1, 2] + r[:, 2, 1], trace[3]], 1),
        ],
        1,
    )
    # Row k is 4 q_k q: the row with the largest q_k is the most exact.
    quaternions = products[np.arange(len(r)), trace.argmax(0)]
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    turned = np.sign((quaternions[1:] * quaternions[:-1]).sum(1))
    quaternions[1:] *= np.cumprod(np.where(turned < 0, -1, 1))[:, None]
    return quaternions


def rotations_of(quaternions: np.ndarray) -> np.ndarray:
    """Return the rotations (F, 3, 3) of quaternions (F, 4): the inverse of quaternions_of."""
    w, x, y, z = quaternions.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [-2 * (x * y + z * w), -1 + 2 * (x * x + z * z), -2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
