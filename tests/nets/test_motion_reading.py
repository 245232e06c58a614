# SPDX-License-Identifier: GPL-3.0-or-later
"""What a tracked face's motion says of ARKit's weights, with the regression that ships."""

import numpy as np
import pytest

from nets.geometry.coarse_map import CoarseShape
from nets.geometry.grid_mesh import dense_mesh
from nets.interface.expressions import EXPRESSIONS
from nets.lab.training import motion_reading
from nets.model.bundle import load_bundle
from nets.performance.motion_reading import LEAST, SIDES_APART, load_motion_reading
from nets.performance.performance import Motion, solve_arkit
from nets.performance.person import TrackedPerson
from nets.topology.arkit import NAMES, named_weights
from nets.topology.own_head import load_blendshapes

FRAMES, SIDES = 80, ("Left", "Right")
SILENT = np.zeros((FRAMES, len(EXPRESSIONS)))


@pytest.fixture(scope="module")
def face():
    """Return the reading, its texels on the mean face (P, 3) and how ARKit's blendshapes move them (52, P, 3)."""
    reading, mean = load_motion_reading(), CoarseShape(load_bundle().layout).mean.reshape(-1, 3)
    shapes = load_blendshapes()
    return reading, mean[reading.texels], shapes.reshape(len(shapes), -1, 3)[:, reading.texels]


def act(face, motion, expression=SILENT):
    reading, rest, _ = face
    readings = reading.read(motion, rest, expression)
    return reading.above(reading.at_rest(readings, named_weights(expression)), readings)


@pytest.mark.parametrize("name", ["browInnerUp", "browOuterUpLeft", "jawOpen", "mouthSmileRight", "eyeBlinkLeft"])
def test_a_motion_that_is_tracked_at_half_its_size_is_read_where_it_is_and_when(face, name):
    column, shown = NAMES.index(name), np.zeros(FRAMES)
    shown[30:45] = np.hanning(15)
    weights = act(face, 0.5 * shown[:, None, None] * face[2][column])
    assert weights[37, column] > 0.25 and weights[37].argmax() == column
    assert not weights[:25].any() and not weights[50:].any()


def test_turning_and_nearing_the_head_is_no_expression(face):
    _, rest, _ = face
    turns = 0.02 * np.sin(np.arange(FRAMES) / 5)
    turned = np.stack([rest[:, 2] * 0, -rest[:, 2], rest[:, 1]], 1)
    motion = turns[:, None, None] * (turned + 0.5 * rest) + turns[:, None, None] * 30
    assert act(face, motion).max() < 0.01


def test_a_clip_of_one_expression_is_not_taken_for_a_face_at_rest(face):
    said = SILENT.copy()
    said[:, [EXPRESSIONS.index(f"mouthSmile_{side}") for side in "LR"]] = 0.9
    smiles = [NAMES.index(f"mouthSmile{side}") for side in ("Left", "Right")]
    motion = 0.8 * np.broadcast_to(face[2][smiles].sum(0), (FRAMES, *face[1].shape))
    assert act(face, motion, said)[:, smiles].min() > 0.4


def test_the_sides_of_one_reading_or_of_many_are_told_further_apart():
    reading, rest = load_motion_reading(), np.zeros(len(NAMES))
    shown = dict.fromkeys(("eyeBlinkLeft", "jawLeft", "browInnerUp"), 0.2) | {"eyeBlinkRight": 0.15}
    once = np.array([shown.get(name, 0.0) for name in NAMES]) / reading.gain + LEAST * reading.noise
    weights = dict(zip(NAMES, reading.above(rest, once), strict=True))
    assert weights["jawLeft"] == pytest.approx(0.2) and weights["browInnerUp"] == pytest.approx(0.2)
    raised = 1 + (SIDES_APART - 1) * (1 - 0.15)  # less the more the weaker side shows
    assert weights["eyeBlinkLeft"] - weights["eyeBlinkRight"] == pytest.approx(0.05 * raised)
    assert weights["eyeBlinkLeft"] + weights["eyeBlinkRight"] == pytest.approx(0.35)
    assert np.allclose(reading.above(rest, np.stack([once, once])), reading.above(rest, once))


def test_a_blink_of_one_frame_stays_whole_where_the_motion_is_smoothed():
    layout = load_bundle().layout
    coarse, mesh = CoarseShape(layout), dense_mesh(layout.mask)
    blinks = [NAMES.index(f"eyeBlink{side}") for side in SIDES]
    basis = load_blendshapes()[blinks].sum(0)[None]
    shut = np.zeros((FRAMES, 1), np.float32)
    shut[40] = 1
    smoothed = np.convolve(shut[:, 0], [0.25, 0.5, 0.25], "same")[:, None].astype(np.float32)
    unused = dict.fromkeys(TrackedPerson.__dataclass_fields__)
    seen = {
        "frame": np.arange(FRAMES),
        "neutral": 0 * coarse.mean,
        "basis": basis,
        "weights": shut,
        "expression": SILENT,
    }
    person = TrackedPerson(**{**unused, **seen})
    said = {"weights": smoothed, "expression": SILENT, "gaze": np.zeros((FRAMES, 2, 2))}
    motion = Motion(**{**dict.fromkeys(Motion.__dataclass_fields__), **said})
    weights = solve_arkit(person, motion, coarse, mesh)["arkit"]
    assert weights[40, blinks].min() > 0.6 and not weights[[37, 43]].any()


def test_the_reading_is_fitted_to_series_of_one_person_each(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(motion_reading, "SHARD_SERIES", 10)
    motion_reading.write_series(generator, tmp_path, 1)
    fitted, figures = motion_reading.fit_motion_reading(load_bundle(), generator, tmp_path)
    shipped = load_motion_reading()
    assert fitted.coefficients.shape == shipped.coefficients.shape and list(figures) == list(NAMES)
    assert all(np.isfinite(each).all() for each in vars(fitted).values()) and (fitted.texels == shipped.texels).all()
    records = np.load(tmp_path / "series-000000.npy").reshape(10, motion_reading.PICTURES)
    people = records["identity"]
    assert (people == people[:, :1]).all() and (people[0] != people[1]).any()
    assert np.ptp(records["expression"], 1).max(1).min() > 0.1
