# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's weights from the shape of a face and from what the network says of its expression."""

import numpy as np
import pytest

from nets.geometry.coarse_map import CoarseShape
from nets.interface import live_link
from nets.interface.expressions import EXPRESSIONS
from nets.model.bundle import load_bundle
from nets.performance.blendshape_solver import predicted_weights, solve
from nets.performance.performance import gaze_between_blinks
from nets.performance.person import TrackedPerson
from nets.topology.arkit import NAMES, look_weights
from nets.topology.own_head import load_blendshapes


def test_what_shapes_show_and_the_network_misses_is_found():
    blendshapes, coarse = load_blendshapes(), CoarseShape(load_bundle().layout)
    rng, frames = np.random.default_rng(0), np.arange(60)
    weights = np.zeros((60, 52), np.float32)
    jaw, *smiles = (NAMES.index(name) for name in ("jawOpen", "mouthSmileLeft", "mouthSmileRight"))
    blinks = [NAMES.index(f"eyeBlink{side}") for side in ("Left", "Right")]
    weights[:, jaw] = np.interp(frames, [5, 10, 15], [0, 0.7, 0])
    weights[:, blinks] = np.exp(-0.5 * ((frames - 30) / 1.5) ** 2)[:, None]
    weights[:, smiles] = np.interp(frames, [20, 35, 50], [0, 0.8, 0])[:, None]
    offsets = rng.normal(0, 3, blendshapes[0].shape) + np.tensordot(weights, blendshapes, 1)
    neutral = np.median(offsets, 0)
    basis = np.linalg.svd((offsets - neutral).reshape(60, -1), full_matrices=False)[2][:12].astype(np.float32)
    own = (offsets - neutral).reshape(60, -1) @ basis.T
    unused = dict.fromkeys(TrackedPerson.__dataclass_fields__)
    person = TrackedPerson(**{**unused, "neutral": neutral, "basis": basis.reshape(12, 64, 64, 3), "weights": own})
    said = weights.copy()
    said[:, smiles] = 0
    said[:, jaw] *= 0.6
    solved = solve(person, own, said, blendshapes, coarse)
    assert np.abs(solved - weights).mean() < 0.2 * np.abs(said - weights).mean()
    assert solved[35, smiles].min() > 0.7 and np.corrcoef(solved[:, jaw], weights[:, jaw])[0, 1] > 0.98
    np.testing.assert_allclose(solved[:, blinks], said[:, blinks], atol=0.02)


def test_eyes_look_where_the_network_saw_and_on_through_a_blink():
    gaze, expression = np.zeros((5, 2, 2), np.float32), np.zeros((5, len(EXPRESSIONS)), np.float32)
    gaze[:, 0], gaze[:, 1] = (0.3, -0.1), (0.5, -0.3)
    gaze[2:] += np.float32([0.2, 0.1])
    gaze[2], expression[2, EXPRESSIONS.index("eyeBlink_L")] = 1.5, 0.9
    steady = gaze_between_blinks(gaze, expression)
    np.testing.assert_allclose(steady[:, 0], steady[:, 1])
    np.testing.assert_allclose(steady[:, 0], np.linspace((0.4, -0.2), (0.6, -0.1), 5), atol=1e-6)
    weights = predicted_weights(expression, look_weights(steady))
    left, right = live_link.eye_angles(weights)[:, :3], live_link.eye_angles(weights)[:, 3:]
    np.testing.assert_allclose(left[:, :2], steady[:, 1], atol=1e-6)
    np.testing.assert_allclose(right, left, atol=1e-6)


def test_the_widest_blinks_of_a_clip_are_whole_ones():
    """An eye that shuts by half of the weight in the network's eyes shuts; one that hardly moves is left alone."""
    blink, looks = EXPRESSIONS.index("eyeBlink_L"), np.zeros((100, 8), np.float32)
    for seen, shown in ((0.5, 1.0), (0.9, 1.0), (0.35, 0.7), (0.15, 0.15)):
        expression = np.zeros((100, len(EXPRESSIONS)), np.float32)
        expression[40:44, blink] = seen
        weights = predicted_weights(expression, looks)
        assert weights[:, NAMES.index("eyeBlinkLeft")].max() == pytest.approx(shown, abs=1e-4)
        assert not weights[:, NAMES.index("eyeBlinkRight")].any()


def test_brows_that_are_seen_weakly_are_raised_by_the_clip_s_widest():
    """Both sides by the same factor, at most to 2.5 times; what hardly moves is left alone, and the rest is 0."""
    blendshapes, coarse = load_blendshapes(), CoarseShape(load_bundle().layout)
    (inner, left), down = (
        (NAMES.index(name) for name in ("browInnerUp", "browOuterUpLeft")),
        NAMES.index("browDownLeft"),
    )
    seen = np.zeros((60, 52), np.float32)
    seen[20:40, [inner, left]] = (0.4 * np.hanning(20)[:, None],)
    seen[45:55, down] = 0.05
    offsets = np.tensordot(seen, blendshapes, 1).reshape(60, -1)
    basis = np.linalg.svd(offsets, full_matrices=False)[2][:4].astype(np.float32)
    unused = dict.fromkeys(TrackedPerson.__dataclass_fields__)
    shape = {"neutral": 0 * coarse.mean, "basis": basis.reshape(4, 64, 64, 3)}
    person = TrackedPerson(**{**unused, **shape, "weights": offsets @ basis.T})
    solved = solve(person, offsets @ basis.T, 0 * seen, blendshapes, coarse)
    assert solved[30, [inner, left]].min() > 0.6 and np.abs(solved[:15]).max() < 0.02
    assert solved[:, down].max() < 0.06
