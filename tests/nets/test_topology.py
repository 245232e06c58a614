# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures on the face model's own mesh."""

import numpy as np
import pytest

from nets.errors import UsageError
from nets.geometry.spline import Deformation, farthest_points
from nets.lab.face_chart import build_chart
from nets.model.bundle import load_bundle
from nets.topology.chart_warp import warp_chart
from nets.topology.face_model import FACE, HEAD_AND_NECK, LEFT_EYEBALL, NARROW_FACE, TEETH, eyeball_centre
from nets.topology.head import HeadMaker
from nets.topology.head_model import Sighting
from nets.topology.ict_head import PARTS
from nets.topology.ict_textures import IctTextures
from nets.topology.landmark_vertices import VERTICES
from nets.topology.lids import lid_opening
from nets.worker.put_on_model import model_head

AHEAD = np.zeros((2, 2), np.float32)


@pytest.fixture(scope="module")
def maker(face_model_file, layout):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PRNET_FACE_MODEL", str(face_model_file))
        return HeadMaker(layout, "model")


@pytest.fixture(scope="module")
def person(face_model):
    """A person unlike the average, who smiles on one side with the mouth open: vertices (V, 3)."""
    identity, expression = np.random.default_rng(5).normal(size=100), np.zeros(53)
    for name, weight in (("jawOpen", 0.5), ("mouthSmile_L", 0.8)):
        expression[face_model.expression_names.index(name)] = weight
    return face_model.shape(identity, expression)


@pytest.fixture(scope="module", params=["dense", "light"])
def fitted(request, face_model, layout, maker, person):
    capture = layout.sample(layout.mesh(request.param), build_chart(face_model).position_map(person))
    return maker.make(capture, np.full((64, 64, 3), 128, np.uint8), AHEAD)


def distances(one, other, part):
    return np.linalg.norm(one[part] - other[part], axis=1)


def test_the_face_lies_on_the_captured_surface(fitted, person):
    assert fitted.distance < 0.3  # millimetres on average
    assert distances(fitted.fitted.captured, person, NARROW_FACE).mean() < 0.5


def test_a_person_of_the_ict_model_in_the_committed_layout(ict_face_model, ict_chart):
    layout, expression = load_bundle().layout, np.zeros(53)
    expression[ict_face_model.expression_names.index("jawOpen")] = 0.5
    person = ict_face_model.shape(np.random.default_rng(5).normal(size=100), expression)
    capture = layout.sample(layout.mesh("light"), ict_chart.position_map(person))
    head = HeadMaker(layout, "model").make(capture, np.full((64, 64, 3), 128, np.uint8), AHEAD)
    assert head.distance < 0.3
    assert distances(head.fitted.captured, person, NARROW_FACE).mean() < 0.5
    error = distances(head.fitted.captured, person, HEAD_AND_NECK).mean()
    assert error < 0.7 * distances(ict_face_model.neutral, person, HEAD_AND_NECK).mean()


def test_the_rest_of_the_head_follows(fitted, face_model, person):
    """Its shape is guessed from the face: better than the average head, which is laid on it as well as can be."""
    for part, share in ((HEAD_AND_NECK, 0.7), (TEETH, 0.7), (LEFT_EYEBALL, 0.9)):
        error = distances(fitted.fitted.captured, person, part).mean()
        assert error < share * distances(face_model.neutral, person, part).mean()


def test_the_expression_is_in_the_keys_and_not_in_the_basis(fitted):
    values = dict(zip(fitted.fitted.names, fitted.fitted.weights, strict=True))
    assert values["jawOpen"] == pytest.approx(0.5, abs=0.1)
    assert values["mouthSmileLeft"] == pytest.approx(0.8, abs=0.2)
    assert sum(value > 0.2 for value in values.values()) == 2
    upper, lower = VERTICES[[61, 62, 63]], VERTICES[[67, 66, 65]]  # inner lips
    open_, shut = (
        np.linalg.norm(head[upper] - head[lower], axis=1).mean()
        for head in (fitted.fitted.captured, fitted.fitted.rest)
    )
    assert shut < 0.3 * open_


def test_a_blink_closes_the_fitted_eye_over_the_eyeball(fitted, maker):
    blink = fitted.fitted.rest + fitted.fitted.shapes[fitted.fitted.names.index("eyeBlinkLeft")]
    assert lid_opening(maker.model, blink, "Left") < 0.25 * lid_opening(maker.model, fitted.fitted.rest, "Left")
    centre, lids = eyeball_centre(blink, LEFT_EYEBALL), VERTICES[[43, 44]]
    assert (np.linalg.norm(blink[lids] - centre, axis=1) > np.ptp(blink[LEFT_EYEBALL], 0)[1] / 2).all()


def test_eyeballs_stay_round_and_turn_with_the_eye_look_keys(fitted):
    head, names = fitted.fitted.rest, fitted.fitted.names
    turned = head + fitted.fitted.shapes[names.index("eyeLookOutLeft")]
    size = np.ptp(head[LEFT_EYEBALL], 0)
    assert np.ptp(size[:2]) < 0.03 * size[0]
    centre = eyeball_centre(head, LEFT_EYEBALL)
    radii = (np.linalg.norm(each[LEFT_EYEBALL] - centre, axis=1) for each in (head, turned))
    assert np.allclose(*radii, atol=1e-3)
    front = LEFT_EYEBALL.start + head[LEFT_EYEBALL, 2].argmax()
    assert turned[front, 0] - head[front, 0] == pytest.approx(size[2] / 2 * np.sin(0.6), rel=0.15)  # outward: +x


def test_the_message_holds_a_whole_mesh(fitted):
    facts, arrays = fitted.message()
    assert len(facts["shapes"]) == len(arrays["offsets"]) == len(arrays["values"]) == 51
    used = arrays["faces"][arrays["faces"] >= 0]
    assert set(used) <= set(range(len(arrays["vertices"]))) and arrays["face_uv"].max() < len(arrays["uv"])
    assert set(arrays["part"]) == set(range(len(PARTS)))


def test_a_mesh_that_is_no_capture_is_refused(maker):
    arrays = {"vertices": np.zeros((10, 3), np.float32), "texture": np.zeros((8, 8, 3), np.uint8), "gaze": AHEAD}
    with pytest.raises(UsageError, match="10 vertices"):
        model_head(arrays, maker, 0)
    with pytest.raises(UsageError, match="gaze"):
        model_head({**arrays, "gaze": np.zeros(3)}, maker, 0)


def test_the_texture_goes_where_the_model_s_own_chart_has_the_face(face_model):
    """Each texel is painted with its place in the layout, and read back at the model's own UVs."""
    chart = warp_chart(face_model)
    side = np.linspace(0, 255, 256).astype(np.uint8)
    across, down = np.meshgrid(side, side)
    textures = IctTextures(face_model, chart)
    painted = np.stack([across, down, 0 * down], -1)
    skin = textures.make(Sighting(painted, None, face_model.neutral, points=lambda texels: texels))["skin"]
    inner = np.setdiff1d(np.arange(NARROW_FACE.stop), np.concatenate([p.upper for p in chart.patches]))
    column, row = np.clip((textures.own_uv[inner] * (256, -256) + (0, 256)).astype(int), 0, 255).T
    wanted = chart.vertex_uv[inner] * (255, -255) + (0, 255)
    assert np.median(np.abs(skin[row, column, :2] - wanted)) < 1.0  # of 256 texels
    assert np.percentile(np.abs(skin[row, column, :2] - wanted), 95) < 4


def test_a_deformation_passes_through_its_points_and_stays_bounded_far_away():
    rng = np.random.default_rng(0)
    points = rng.normal(0, 50, (400, 3))
    places = points[farthest_points(points, 100)]
    moves = np.stack([np.sin(places[:, 1] / 30), np.ones(100), places[:, 0] / 50], 1)
    deformation = Deformation(places, moves, np.zeros(100))
    assert np.allclose(deformation(places), moves, atol=1e-2)
    assert np.abs(deformation(places * 20)).max() < 2 * np.abs(moves).max()


def test_farthest_points_lie_evenly():
    line = np.stack([np.linspace(0, 1, 101), np.zeros(101), np.zeros(101)], 1)
    assert sorted(farthest_points(line, 5)) == [0, 25, 50, 75, 100]


def test_faces_of_the_face_reach_no_vertex_beyond(maker):
    assert maker.model.faces[maker.model.part == 0].max() < FACE.stop
