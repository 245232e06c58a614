# SPDX-License-Identifier: GPL-3.0-or-later
"""The iterative network: its pictures of an estimate, how estimates go on, and that every engine iterates alike."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.data import astronaut

from nets.errors import UsageError
from nets.geometry.crop import Crop
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.model.engines.passes import carried_over
from nets.model.networks.composition import POSE_SIZE, decode_pose, encode_pose
from nets.model.networks.iterative import Iterative
from nets.model.networks.loading import load_network
from nets.model.networks.surface_rendering import drawable_texels

SIZE = 112


@pytest.fixture(scope="module")
def network():
    decoder = load_network(load_bundle()).decoder
    on_surface = torch.from_numpy(load_bundle().layout.mask).float().unflatten(0, (64, 4)).unflatten(2, (64, 4))
    torch.manual_seed(0)
    return Iterative(decoder, drawable_texels(on_surface.mean((1, 3)) > 0.5)).eval()


def some_code(network, yaw=0.4):
    code = network.start(1)
    turn = torch.tensor([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0]], dtype=torch.float32)
    code[0, :6] = (turn - torch.eye(3)[:2]).flatten()
    code[0, POSE_SIZE:] = torch.randn(code.shape[1] - POSE_SIZE, generator=torch.Generator().manual_seed(1))
    return code


def test_pncc_tells_which_point_of_the_face_a_pixel_shows(network):
    """Each pixel's colour, read as a place on the mean face, leads back to where that place is seen, within a pixel."""
    code = some_code(network)
    with torch.no_grad():
        picture, estimate = network.render(code, SIZE)[0], network.compose(code)
    renderer, surface = network.renderer, network.renderer.surface
    inside = torch.nn.functional.avg_pool2d((picture[5] > 0.5).float()[None, None], 7, 1, 3)[0, 0] == 1  # not the rim
    rows, columns = inside.nonzero(as_tuple=True)
    colours = picture[:3, rows, columns].T
    nearest = torch.cdist(colours, renderer.colours[surface]).argmin(1)
    places = (estimate.points[0, surface[nearest], :2] + 1) * SIZE / 2 - 0.5
    apart = (places - torch.stack([columns, rows], 1)).norm(dim=1)
    assert len(rows) > 2000
    assert apart.median() < 1.0
    assert apart.quantile(0.95) < 2.5


def test_rendered_normals_are_the_surface_s(network):
    code = some_code(network, yaw=0.0)
    with torch.no_grad():
        normals = network.render(code, SIZE)[0, 3:]
    shown = normals.square().sum(0) > 0.25
    assert (normals.norm(dim=0)[shown] - 1).abs().median() < 0.05
    left, right = normals[0, :, : SIZE // 2][shown[:, : SIZE // 2]], normals[0, :, SIZE // 2 :][shown[:, SIZE // 2 :]]
    assert left.mean() < -0.2 and right.mean() > 0.2  # cheeks face outwards: x grows to the right


@settings(deadline=None, max_examples=25)
@given(
    before=st.tuples(*[st.floats(-40, 40)] * 2, st.floats(0.5, 2), st.floats(-3, 3)),
    after=st.tuples(*[st.floats(-40, 40)] * 2, st.floats(0.5, 2), st.floats(-3, 3)),
    yaw=st.floats(-1, 1),
)
def test_an_estimate_goes_on_in_another_crop(network, before, after, yaw):
    """The face lies in the same place of the picture, whichever crop it is told in."""
    first, second = (Crop((x, y), scale, SIZE, roll) for x, y, scale, roll in (before, after))
    code = some_code(network, yaw)
    code[0, 6:9] = torch.tensor([0.2, 0.1, -0.2])
    moved = torch.from_numpy(carried_over(code[0].numpy(), first, second))[None]
    places = []
    for crop, told in ((first, code), (second, moved)):
        with torch.no_grad():
            points = network.compose(told).points[0]
        pixels = torch.cat([(points[:, :2] + 1) * SIZE / 2 - 0.5, points[:, 2:] * SIZE / 2], 1)
        places.append(crop.to_image(pixels.numpy()))
    assert np.abs(places[0] - places[1]).max() < 0.02


def test_a_pose_survives_its_code():
    code = torch.randn(8, POSE_SIZE, generator=torch.Generator().manual_seed(0)) * 0.3
    pose = decode_pose(code)
    again = decode_pose(encode_pose(pose))
    for name in ("rotation", "scale", "translation", "inverse_distance"):
        assert torch.allclose(getattr(pose, name), getattr(again, name), atol=1e-5)


@pytest.mark.parametrize("name", ["torch", "onnx"])
def test_looks_bring_the_estimate_nearer_and_the_next_frame_goes_on_from_it(name):
    """On a portrait: the third look changes less than the second, and one look from the last answer changes least."""
    bundle = load_bundle("iterative")
    crop = Crop.around(np.array([180, 80, 265, 175], np.float32), bundle.input_size).extract(astronaut())[None]
    looks = [load_engine(bundle, name, "cpu", iterations=count).predict(crop) for count in (1, 2, 3)]
    landmarks = [bundle.layout.landmarks_of(look.position_maps)[0] for look in looks]
    steps = [np.linalg.norm(after - before, axis=1).mean() for before, after in pairwise(landmarks)]
    assert steps[1] < steps[0]
    again = load_engine(bundle, name, "cpu").predict(crop, looks[2].code)
    step = np.linalg.norm(bundle.layout.landmarks_of(again.position_maps)[0] - landmarks[2], axis=1).mean()
    assert step < steps[0]
    assert again.confidence[0] > 0.5


def test_engines_iterate_alike():
    bundle = load_bundle("iterative")
    crops = np.random.default_rng(0).integers(0, 255, (2, bundle.input_size, bundle.input_size, 3), np.uint8)
    by_torch, by_onnx = (load_engine(bundle, name, "cpu", iterations=2).predict(crops) for name in ("torch", "onnx"))
    assert np.abs(by_torch.position_maps - by_onnx.position_maps).max() < 0.05  # pixels


def test_a_network_that_looks_once_refuses_iterations():
    with pytest.raises(UsageError, match="the model compact does not iterate"):
        load_engine(load_bundle(), iterations=3)
