# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing: still where nothing moves, on time and in full where something does."""

import numpy as np
import pytest

from nets.lab.accuracy.clips import excursions
from nets.performance.performance import fill_gaps, shots
from nets.performance.smoothing import quaternions_of, rotations_of, smooth, smooth_rotations, without_excursions

STRENGTH = 0.5
FRAMES = np.arange(240)
MOTIONS = {
    "turn of the head": 30 * np.sin(2 * np.pi * FRAMES / 60),
    "quick shake": 20 * np.sin(2 * np.pi * FRAMES / 20),
    "stop and go": np.interp(FRAMES, [0, 100, 120, 240], [-30, -30, 30, 30]),
    "blink": 8 * np.exp(-0.5 * ((FRAMES - 120) / 1.5) ** 2),
}


def lag_and_amplitude(smoothed: np.ndarray, motion: np.ndarray) -> tuple[float, float]:
    """Frames by which it comes late, and its size over the motion's, by least squares."""
    slope = np.gradient(motion)
    amplitude, late, _ = np.linalg.lstsq(np.stack([motion, -slope, np.ones_like(motion)], 1), smoothed, rcond=None)[0]
    return late / amplitude, amplitude


@pytest.mark.parametrize("name", MOTIONS)
def test_motion_keeps_its_time_and_size(name):
    motion = MOTIONS[name]
    noisy = motion + np.random.default_rng(1).normal(0, 0.1, motion.shape)
    smoothed = smooth(without_excursions(noisy[:, None], STRENGTH), STRENGTH)[:, 0]
    lag, amplitude = lag_and_amplitude(smoothed, motion)
    assert abs(lag) < 0.1 and abs(amplitude - 1) < 0.02
    assert np.std(smoothed - motion) < np.std(noisy - motion)


def test_a_still_face_is_still_whatever_moves_beside_it():
    noise = np.random.default_rng(2).normal(0, 0.1, (240, 2))
    noise[:, 1] += MOTIONS["quick shake"]
    assert np.std(smooth(noise, STRENGTH)[:, 0]) < 0.033
    np.testing.assert_array_equal(smooth(noise, 0.0), noise)


def test_single_wrong_frames_do_not_flicker():
    """In talk: jaw and lips open and close within five frames, and a brow is seen to jump in one frame of twenty."""
    jaw, brow = 0.4 + 0.4 * np.sin(2 * np.pi * FRAMES / 10), np.zeros(240)
    true = np.stack([jaw, brow], 1)
    found = true + np.random.default_rng(4).normal(0, 0.01, true.shape)
    found[10::20, 1] += 0.5
    found[15::40, 0] -= 0.3
    assert excursions(found, true) >= 12
    smoothed = smooth(without_excursions(found, STRENGTH), STRENGTH)
    assert excursions(smoothed, true) == 0
    lag, amplitude = lag_and_amplitude(smoothed[:, 0], jaw)
    assert abs(lag) < 0.1 and abs(amplitude - 1) < 0.05
    assert np.abs(smoothed[:, 1]).max() < 0.1


def test_rotations_are_smoothed_through_any_attitude():
    axis = np.array([0.6, 0.0, 0.8])
    angles = np.radians(3.0) * FRAMES  # twice round and a half: every quaternion flips its sign on the way
    quaternions = np.concatenate([np.cos(angles / 2)[:, None], np.sin(angles / 2)[:, None] * axis], 1)
    true = rotations_of(quaternions)
    np.testing.assert_allclose(np.linalg.det(true), -1)
    np.testing.assert_allclose(rotations_of(quaternions_of(true)), true, atol=1e-12)
    assert ((np.diff(quaternions_of(true), axis=0) ** 2).sum(1) < 0.01).all()
    shaken = quaternions + np.random.default_rng(3).normal(0, 0.003, quaternions.shape)
    shaken = rotations_of(shaken / np.linalg.norm(shaken, axis=1, keepdims=True))
    smoothed = smooth_rotations(shaken, STRENGTH)
    assert np.abs(smoothed - true).std() < 0.5 * np.abs(shaken - true).std()


def test_gaps_are_held_or_bridged_and_cuts_divide_shots():
    frames = np.array([2, 3, 4, 8, 9])
    cuts = np.zeros(12, bool)
    cuts[4] = True
    assert [(s.start, s.stop) for s in shots(frames, cuts)] == [(0, 2), (2, 3), (3, 5)]
    values = np.array([2.0, 3, 4, 8, 9])
    np.testing.assert_array_equal(fill_gaps(frames, values, 12, "hold"), [2, 2, 2, 3, 4, 4, 4, 4, 8, 9, 9, 9])
    np.testing.assert_array_equal(fill_gaps(frames, values, 12, "interpolate"), [2, 2, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9])
