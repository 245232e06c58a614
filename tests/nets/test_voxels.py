# SPDX-License-Identifier: GPL-3.0-or-later
"""Occupancy grids: of solids whose volume is known, and of the head in a photo."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.commands import run_command
from nets.geometry.occupancy import occupancy
from nets.interface.closed_surface import close_head, surface_facts
from nets.topology.own_head import load_own_head

CUBE = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], float)
SIDES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
FACES = np.concatenate([SIDES[:, :3], SIDES[:, [0, 2, 3]]])


def test_a_cube_on_the_cells_centres_is_counted_once():
    """Its edges and diagonals run exactly through centres, where rays meet two triangles at once."""
    solid = occupancy(CUBE * 4 + 2, FACES, (9, 10, 11))
    assert solid.sum() in range(4**3, 5**3 + 1) and solid[3:6, 3:6, 3:6].all()
    assert not solid[:2].any() and not solid[7:].any() and not solid[..., 7:].any()


def test_overlapping_solids_are_one_and_what_lies_outside_the_grid_is_cut_off():
    both = np.concatenate([CUBE * 4.5 + 1.2, CUBE * 4.5 + (3.2, 1.2, 1.2), CUBE * 40 + (1.2, 8.2, -20.3)])
    triangles = np.concatenate([FACES, FACES + 8, FACES + 16])
    solid = occupancy(both, triangles, (10, 10, 9))
    assert solid[:8].sum() == 6 * 4 * 4 and solid[9, 2:].all() and not solid[9, :2].any()


def test_the_own_head_closes_to_solids_whose_voxels_have_their_volume():
    head = load_own_head()
    triangles = np.concatenate([head.faces[:, :3], head.faces[:, [0, 2, 3]]])
    points, triangles = close_head(head.neutral, triangles, np.tile(head.part, 2), up=1)
    facts = surface_facts(points, triangles)
    assert facts.is_solid and facts.euler_number % 2 == 0
    solid = occupancy((points - points.min(0)) / 2, triangles, (140, 90, 130))
    assert solid.sum() * 8 == pytest.approx(facts.volume, rel=0.03)  # teeth and eyeballs overlap the skin's solid
    assert facts.volume == pytest.approx(4.7e6, rel=0.15)  # mm³: a head and its neck


def test_the_command_writes_the_head_where_the_photo_shows_it(tmp_path):
    cv2.imwrite(str(tmp_path / "face.png"), astronaut()[..., ::-1])
    arguments = ["reconstruct", str(tmp_path / "face.png"), "--out", str(tmp_path / "out"), "--formats", "npz,voxels"]
    assert run_command(arguments) == 0
    with np.load(tmp_path / "out/face_0_voxels.npz", allow_pickle=False) as stored:
        voxels, origin, size = stored["voxels"], stored["origin"], stored["size"]
    assert voxels.shape == (192, 192, 200) and voxels.dtype == bool
    edges = [voxels[0], voxels[-1], voxels[:, 0], voxels[:, -1], voxels[..., 0], voxels[..., -1]]
    assert not any(edge.any() for edge in edges)  # nothing is cut off
    with np.load(tmp_path / "out/face_0.npz", allow_pickle=False) as face:
        left, top, right, bottom = face["box"]
        x, y, _ = face["vertices"].T
        inside = (x > left) & (x < right) & (y > top) & (y < bottom)
        seen, scale = face["vertices"][inside & (face["visibility"] > 0.9)], face["pose_scale"]
    column, row, layer = ((seen - origin) / size).T
    surface = np.where(voxels, np.arange(200), -1).max(2)[row.round().astype(int), column.round().astype(int)]
    apart = np.abs(surface - layer) * size / scale  # millimetres
    assert np.median(apart) < 1.2 and (apart < 4).mean() > 0.9


def test_merged_heads_have_no_voxels(tmp_path, capsys):
    assert run_command(["merge", "a.png", "b.png", "--out", str(tmp_path), "--formats", "voxels"]) == 2
    assert "voxels is not a format of heads" in capsys.readouterr().err


def test_the_capture_s_grid_has_no_voxels(tmp_path, capsys):
    arguments = ["reconstruct", "a.png", "--out", str(tmp_path), "--formats", "obj,voxels", "--mesh", "grid"]
    assert run_command(arguments) == 2
    assert "voxels is a format of whole heads" in capsys.readouterr().err
