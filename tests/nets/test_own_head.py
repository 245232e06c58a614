# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own head: its topology, its symmetry, what its lids, teeth and eyes do, and captures on it."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from nets.errors import UsageError
from nets.lab.accuracy.head_mesh import TeethAndLips, mean_head, random_expressions, skin_triangles, visible_strip
from nets.lab.crossings import self_crossings
from nets.model.bundle import load_bundle
from nets.topology.head import HeadMaker
from nets.topology.own_head import load_own_head


@pytest.fixture(scope="module")
def head():
    return load_own_head()


@pytest.fixture(scope="module")
def skin(head):
    """Its quads."""
    return head.faces[head.part == head.part_names.index("skin")]


def sides(quads):
    return np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2)


def posed(head, **weights):
    names = list(head.expression_names)
    return head.neutral + sum(weight * head.expression[names.index(name)] for name, weight in weights.items())


def test_all_faces_are_quads_and_the_skin_has_about_twelve_thousand_vertices(head, skin):
    assert head.faces.min() >= 0
    assert 11_000 < len(np.unique(skin)) < 13_000


def test_the_skin_is_one_surface_with_four_openings(skin):
    """Two eyes, the mouth, the neck: every other side has a quad on both sides, which see it in opposite directions."""
    directed = Counter(map(tuple, sides(skin).tolist()))
    assert max(directed.values()) == 1
    following = {a: b for a, b in directed if (b, a) not in directed}
    rings = 0
    while following:
        start, vertex = following.popitem()
        while vertex != start:
            vertex = following.pop(vertex)
        rings += 1
    assert rings == 4


def test_poles_are_few(skin):
    valence = np.bincount(sides(skin)[:, 0], minlength=skin.max() + 1)
    border = {a for a, b in Counter(map(tuple, np.sort(sides(skin), 1).tolist())).items() if b == 1}
    inside = np.setdiff1d(np.unique(skin), np.array(list(border)).ravel())
    assert (valence[inside] != 4).sum() <= 60


def test_the_neck_ends_in_a_plane(head, skin):
    uses = Counter(map(tuple, np.sort(sides(skin), 1).tolist()))
    border = np.unique([side for side, count in uses.items() if count == 1])
    ring = head.neutral[border][head.neutral[border, 1] < -100]
    assert len(ring) == 120
    centred = ring - ring.mean(0)
    assert np.linalg.svd(centred)[1][2] / np.sqrt(len(ring)) < 1.0  # millimetres from the plane, root mean square


def test_the_head_is_symmetric(head):
    """Every vertex of the skin has one within half a millimetre where its mirror image is."""
    from scipy.spatial import cKDTree

    skin = head.neutral[: len(head.chart)]
    assert cKDTree(skin).query(skin * (-1, 1, 1))[0].max() < 0.6


def test_quads_keep_their_side_in_the_texture(head, skin):
    """Hardly a quad of the texture's layout is folded, and none overlaps another by much."""
    place = head.uv[head.face_uv[head.part == head.part_names.index("skin")]]
    diagonals = place[:, 2] - place[:, 0], place[:, 3] - place[:, 1]
    area = diagonals[0][:, 0] * diagonals[1][:, 1] - diagonals[0][:, 1] * diagonals[1][:, 0]
    assert (area <= 0).mean() < 1e-3
    assert place.min() >= 0 and place.max() <= 1


@pytest.mark.parametrize("wider", [1, 1.05])
def test_lids_meet_when_an_eye_blinks(head, wider):
    """Each eye by itself, the other one stays open."""
    layout = load_bundle().layout
    vertices = layout.sample(layout.mesh("medium"), layout.mean) * np.float32([wider, 1, 1])
    fitted = HeadMaker(layout).make(vertices, np.full((256, 256, 3), 128, np.uint8), np.zeros((2, 2))).fitted
    for side, other in (("Left", "Right"), ("Right", "Left")):
        blink = fitted.rest + fitted.shapes[fitted.names.index(f"eyeBlink{side}")]
        assert visible_strip(head, blink, side) <= 0.3
        assert visible_strip(head, blink, other) > 7


@pytest.fixture(scope="module")
def mean():
    return mean_head(HeadMaker(load_bundle().layout))


def test_teeth_stay_behind_the_lips(head, mean):
    """One sees none of them through lips, whatever the expression; they would be seen if they stood too far out."""
    expressions = random_expressions(40)
    assert max(TeethAndLips(head, mean).through(weights)[0] for weights in expressions) == 0
    further_out = mean.rest.copy()
    further_out[np.concatenate(head.rigid[2:])] += np.float32([0, 0, 16])
    teeth = TeethAndLips(head, replace(mean, rest=further_out))
    assert teeth.through(np.zeros(52, np.float32))[0] > 50  # square millimetres


def test_the_fitted_skin_hardly_crosses_itself_at_rest(head, mean):
    """Only in the folds of the lids."""
    assert len(self_crossings(mean.rest, skin_triangles(head))) < 10


def test_jaws_stay_rigid(head):
    """Whatever is opened, the teeth keep their shape."""
    opened = posed(head, jawOpen=1)
    for jaw in head.rigid[2:]:
        before, after = (points - points.mean(0) for points in (head.neutral[jaw], opened[jaw]))
        left, _, right = np.linalg.svd(after.T @ before)
        turned = before @ (left @ right).T
        assert np.linalg.norm(after - turned, axis=1).mean() < 0.6


def test_a_captured_head_lies_on_the_captured_surface(head):
    """A face of the layout's own mean, made wider, is fitted to .1 mm, with eyes that turn about their centres."""
    layout = load_bundle().layout
    mesh = layout.mesh("medium")
    vertices = layout.sample(mesh, layout.mean) * (1.05, 1, 1)
    made = HeadMaker(layout).make(vertices.astype(np.float32), np.full((256, 256, 3), 128, np.uint8), np.zeros((2, 2)))
    assert made.distance < 0.2
    look = made.fitted.shapes[made.fitted.names.index("eyeLookOutLeft")]
    eye = head.eyes["Left"]
    centre = head.eye_centre(made.fitted.rest, "Left")
    before, after = (
        np.linalg.norm(points[eye] - centre, axis=1) for points in (made.fitted.rest, made.fitted.rest + look)
    )
    assert np.abs(before - after).max() < 0.1


def test_the_light_head_is_the_same_surface(head):
    """A quarter of the skin's quads, whose corners are vertices of the full head; the unused ones are left out."""
    light = load_own_head(light=True)
    skin = light.part == light.part_names.index("skin")
    assert skin.sum() * 4 == (head.part == head.part_names.index("skin")).sum()
    assert len(light.neutral) == len(np.unique(light.faces)) < 7_500
    assert {tuple(point) for point in light.neutral} <= {tuple(point) for point in head.neutral}


def test_shapes_of_a_changed_head_fit_it(head):
    """Those of the mean head are the model's own."""
    maker = HeadMaker(load_bundle().layout)
    names, shapes = maker.shapes_of(head.neutral)
    jaw = head.expression[list(head.expression_names).index("jawOpen")]
    np.testing.assert_allclose(shapes[names.index("jawOpen")], jaw, atol=0.01)
    with pytest.raises(UsageError, match="a head of 10 vertices is not on the mesh of"):
        maker.shapes_of(head.neutral[:10])
