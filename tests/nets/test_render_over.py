# SPDX-License-Identifier: GPL-3.0-or-later
"""A painted or sculpted head over its photo: an egg whose places in photo and texture are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nets.capture.mesh_formats import METRES, format_rows
from nets.capture.render_over import draw_over, plain_view, render_over
from nets.commands import run_command
from nets.geometry.textured_mesh import TexturedMesh
from nets.topology.textured_head import PhotoHead

SIZE, SCALE = (160, 140), 0.6
CHECKS = 8  # along each side of the texture


@pytest.fixture(scope="module")
def face(egg, egg_face):
    """The egg in a photo of 160 x 140 with a plain texture."""
    position_map = (egg.mean * (SCALE, -SCALE, SCALE) + (80, 70, 0)).astype(np.float32)
    mesh = egg.mesh("medium")
    translation = np.array([80, 70, 0], np.float32)
    return replace(
        egg_face,
        position_map=position_map,
        vertices=egg.sample(mesh, position_map),
        texture=np.full((256, 256, 3), (150, 110, 90), np.uint8),
        image_size=np.array(SIZE, np.int32),
        pose_scale=np.float32(SCALE),
        pose_translation=translation,
        perspective_scale=np.float32(SCALE),
        perspective_translation=translation,
    )


@pytest.fixture(scope="module")
def head(face) -> PhotoHead:
    return PhotoHead.of_result(face.arrays())


@pytest.fixture(scope="module")
def photo(head):
    """Noise that the texture does not have, and the egg's colour beneath it."""
    noise = np.random.default_rng(0).integers(-20, 20, (SIZE[1], SIZE[0], 3))
    return np.uint8(np.full((SIZE[1], SIZE[0], 3), (150, 110, 90)) + noise)


def checkerboard():
    row, column = np.mgrid[:256, :256] * CHECKS // 256
    texture = np.full((256, 256, 3), (150, 110, 90), np.uint8)
    texture[(row + column) % 2 == 1] = (20, 40, 220)
    return texture


def painted(head: PhotoHead) -> TexturedMesh:
    return replace(head.head, textures=(checkerboard(),))


def shown(head: PhotoHead):
    return plain_view(head.head.mesh, head.in_view)


def test_a_head_that_was_not_edited_leaves_its_photo_as_it_is(head, photo):
    assert np.array_equal(render_over(photo, head.head, head.head, shown(head)), photo)


def test_the_paint_is_where_it_was_painted_to_the_pixel_and_nothing_else_changes(head, photo):
    changed = render_over(photo, painted(head), head.head, shown(head))
    raster = head.head.raster
    place = raster.interpolate(uv_of(head)) * CHECKS
    place[:, 1] = CHECKS - place[:, 1]
    inner = raster.picture((np.abs(place - np.rint(place)) > 0.06).all(1), False)  # not on an edge of a check
    inner &= shown(head) > 0.999
    blue = raster.picture(np.floor(place).astype(int).sum(1) % 2 == 1, False)
    assert (inner & blue).sum() > 2000
    assert np.abs(changed[inner & blue].astype(int) - (20, 40, 220)).max() <= 1
    assert np.array_equal(changed[inner & ~blue], photo[inner & ~blue])
    assert np.array_equal(changed[~raster.mask], photo[~raster.mask])


def uv_of(head: PhotoHead):
    uv = np.zeros((len(head.in_view), 2), np.float32)
    uv[head.head.mesh.triangles] = head.head.corner_uv
    return uv


def test_a_light_tint_keeps_the_photos_fine_detail(head, photo):
    tinted = replace(head.head, textures=(head.head.textures[0] + np.uint8([0, 0, 8]),))
    inner = shown(head) > 0.999
    change = render_over(photo, tinted, head.head, shown(head)).astype(int) - photo
    assert (change[inner] == (0, 0, 8)).all()


def test_what_covers_the_face_stays_in_front(head, photo):
    covered = replace(head, in_view=(head.head.mesh.places[:, 0] > 80).astype(np.float32))
    changed = render_over(photo, painted(head), head.head, shown(covered))
    assert np.array_equal(changed[:, :77], photo[:, :77])
    assert (changed[60:80, 85:100] != photo[60:80, 85:100]).any()


def test_eyes_are_seen_where_the_skin_round_them_is(head):
    hole = np.linalg.norm(head.head.mesh.places - (80, 60), axis=1) < 8
    unknown = replace(head, in_view=np.where(hole, np.nan, head.in_view))
    assert np.allclose(shown(unknown), shown(head), atol=1e-3)


def test_a_shape_that_reaches_beyond_the_captured_one_is_drawn(head, photo):
    mesh = head.head.mesh
    centre = np.float32([80, 70])
    wide = replace(mesh, places=(mesh.places - centre) * np.float32([1.2, 1]) + centre)
    larger = replace(head, head=replace(head.head, mesh=wide))
    changed = render_over(photo, larger.head, head.head, shown(larger))
    edge = round(80 + 1.1 * 70 * SCALE)
    assert np.abs(changed[70, edge].astype(int) - (150, 110, 90)).max() <= 1
    assert np.array_equal(changed[:, edge + 10 :], photo[:, edge + 10 :])


def test_a_render_is_drawn_as_far_as_it_is_opaque(head, photo):
    drawn = np.zeros((*photo.shape[:2], 4), np.uint8)
    drawn[:70] = (0, 255, 0, 255)
    changed = draw_over(photo, drawn, shown(head))
    inner = shown(head) == 1
    assert (changed[:70][inner[:70]] == (0, 255, 0)).all()
    assert np.array_equal(changed[70:], photo[70:])


@pytest.fixture
def files(face, photo, tmp_path):
    face.save(tmp_path / "egg.npz")
    for name, picture in (("photo", photo), ("checks", checkerboard()), ("small", photo[:100])):
        cv2.imwrite(str(tmp_path / f"{name}.png"), picture[..., ::-1])
    return tmp_path


def render(files, *arguments, photo="photo.png"):
    result, out = str(files / "egg.npz"), str(files / "out.png")
    return run_command(["render-over", str(files / photo), "--result", result, "--out", out, *map(str, arguments)])


def test_the_command_draws_a_texture_and_a_mesh_that_were_changed(files, face, head, photo):
    assert render(files, "--texture", files / "checks.png") == 0
    expected = render_over(photo, painted(head), head.head, shown(head))
    written = cv2.imread(str(files / "out.png"))[..., ::-1]
    assert np.abs(written.astype(int) - expected).mean() < 0.1

    (files / "egg.obj").write_text(format_rows("v %.6f %.6f %.6f\n", face.canonical_vertices() * METRES * (1.2, 1, 1)))
    assert render(files, "--mesh", files / "egg.obj") == 0
    written = cv2.imread(str(files / "out.png"))[..., ::-1]
    assert (written[70, 80 + 48] != photo[70, 80 + 48]).any()


def test_the_command_says_what_does_not_fit(files, capsys):
    assert render(files, photo="small.png") == 2
    assert "another size" in capsys.readouterr().err
    (files / "egg.obj").write_text("v 0 0 0\n")
    assert render(files, "--mesh", files / "egg.obj") == 2
    assert "the mesh has 1 vertices" in capsys.readouterr().err
    assert render(files, "--texture", f"hat={files / 'checks.png'}") == 2
    assert "no part 'hat'" in capsys.readouterr().err
    (files / "egg.npz").write_bytes(b"no result")
    assert render(files) == 1
    assert "not a result file" in capsys.readouterr().err
