# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of one person on the photo of another: two eggs of different colours, and files that say what they are."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from nets.capture.face_swap import FaceSwap, doubt_about
from nets.commands import run_command
from nets.geometry.uv_layout import UVLayout
from nets.io.provenance import encode_marked, with_comment, write_marked_movie
from nets.model.bundle import load_bundle
from nets.topology.textured_head import PhotoHead
from tests.nets.test_render_over import SIZE, face  # noqa: F401  (a fixture)

SKIN, OTHER = (190, 150, 130), (100, 70, 60)


@pytest.fixture(scope="module")
def layout(egg) -> UVLayout:
    """The egg's, whose landmarks are those of a face: eyes, brows and lips are parts of it."""
    real = load_bundle().layout
    return replace(egg, landmarks=real.landmarks, weights=3 * egg.mask.astype(np.float32))


@pytest.fixture(scope="module")
def target(face):  # noqa: F811
    return PhotoHead.of_result(face.arrays())


@pytest.fixture(scope="module")
def swap(face, layout):  # noqa: F811
    """A darker face with a pattern of its own."""
    texture = np.full((256, 256, 3), OTHER, np.uint8)
    texture[:, ::16] -= 30
    return FaceSwap(replace(face, texture=texture), layout)


def photo_of(target, noise=0, seed=0):
    photo = np.full((SIZE[1], SIZE[0], 3), (60, 90, 60), np.float64)
    photo[target.head.raster.mask] = SKIN
    photo += np.random.default_rng(seed).normal(0, noise, photo.shape)
    return np.uint8(np.clip(photo + 0.5, 0, 255))


def on(swap, photo, target, in_view=None):
    uv = np.zeros((len(target.in_view), 2), np.float32)
    uv[target.head.mesh.triangles] = target.head.corner_uv
    return swap(photo, target.head.mesh, uv, target.in_view if in_view is None else in_view).astype(int)


def test_the_face_has_its_own_pattern_in_the_light_of_the_photo(swap, target):
    photo = photo_of(target)
    swapped = on(swap, photo, target)
    inner = cv2.erode(target.head.raster.mask.astype(np.uint8), np.ones((15, 15))) > 0
    assert np.abs(swapped[inner].mean(0) - SKIN).max() < 6
    assert swapped[inner].std(0).min() > 4  # the photo's own skin is plain
    assert (swapped[~target.head.raster.mask] == photo[~target.head.raster.mask]).all()


def test_what_covers_the_face_stays_in_front_and_does_not_colour_it(swap, target):
    photo = photo_of(target)
    photo[:, :80][target.head.raster.mask[:, :80]] = (20, 200, 20)  # a green hand over one half
    half = (target.head.mesh.places[:, 0] > 80).astype(np.float32)
    swapped = on(swap, photo, target, half)
    assert (swapped[:, :77] == photo[:, :77]).all()
    inner = cv2.erode(target.head.raster.mask.astype(np.uint8), np.ones((15, 15))) > 0
    inner[:, :92] = False
    assert np.abs(swapped[inner].mean(0) - SKIN).max() < 8


@pytest.mark.parametrize("tone", [(1, 1, 1), (1.15, 1, 0.8)], ids=["grey", "sepia"])
def test_a_face_on_a_photo_without_colours_has_none(swap, target, tone):
    photo = np.uint8(np.clip(photo_of(target, 25).mean(2, keepdims=True) * tone, 0, 255))
    swapped = on(swap, photo, target)
    inner = swapped[cv2.erode(target.head.raster.mask.astype(np.uint8), np.ones((15, 15))) > 0]
    assert inner.std() > 4 and np.abs(inner / inner[:, 1:2] - tone).max() < 0.04


def test_a_source_from_the_side_is_doubted(face, turned):  # noqa: F811
    assert doubt_about(replace(face, pose_rotation=turned(30).rotation), "anna.jpg") is None
    said = doubt_about(replace(face, pose_rotation=turned(-60).rotation), "anna.jpg")
    assert said.startswith("anna.jpg: the face is turned by 60°")


def test_hair_over_the_source_is_not_taken(face, layout, target):  # noqa: F811
    texture = np.full((256, 256, 3), OTHER, np.uint8)
    texture[:90] = (250, 250, 40)  # hair over the forehead
    row = (1 - face.uv[:, 1]) * 256
    covered = replace(face, texture=texture, in_view=(row > 90).astype(np.float32))
    photo = photo_of(target)
    swapped = on(FaceSwap(covered, layout), photo, target)
    assert np.abs(swapped[target.head.raster.mask] - SKIN).max() < 20  # hair would be off by a hundred


def test_a_swapped_still_flickers_no_more_than_its_noise(swap, target):
    photos = np.stack([photo_of(target, 6, seed) for seed in range(6)]).astype(float)
    swapped = np.stack([on(swap, np.uint8(photo), target) for photo in photos])
    inner = cv2.erode(target.head.raster.mask.astype(np.uint8), np.ones((9, 9))) > 0
    assert swapped.std(0)[inner].mean() < 1.5 * photos.std(0)[inner].mean()


def test_files_say_what_they_are(tmp_path):
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    for ending in (".png", ".jpg"):
        path = tmp_path / f"picture{ending}"
        path.write_bytes(encode_marked(picture, "Altered picture", ending))
        with Image.open(path) as image:
            image.load()
            found = (
                image.text
                if ending == ".png"
                else {"Description": image.getexif()[270], "Software": image.getexif()[305]}
            )
            assert found == {"Description": "Altered picture", "Software": "PRNet Face Capture"}
            assert ending == ".jpg" or np.array_equal(np.asarray(image), picture)
    movie = tmp_path / "movie.mp4"
    write_marked_movie(movie, [picture] * 5, 25, "Altered picture")
    content = movie.read_bytes()
    assert content.count(b"\xa9cmt") == 1 and b"Altered picture" in content
    capture = cv2.VideoCapture(str(movie))
    assert sum(capture.read()[0] for _ in range(9)) == 5
    assert with_comment(content, "again").count(b"udta") == 1
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_command_swaps_chosen_faces_and_says_what_is_wrong(tmp_path, capsys):
    skimage_data = pytest.importorskip("skimage.data")
    portrait = skimage_data.astronaut()
    two = np.concatenate([portrait[:300, 60:400], portrait[:300, 400:59:-1]], 1)
    for name, picture in (("one", portrait[:300]), ("two", two), ("none", np.full((300, 300, 3), 200, np.uint8))):
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    one, two, none = (str(tmp_path / f"{name}.png") for name in ("one", "two", "none"))
    out = tmp_path / "out.jpg"
    assert run_command(["swap", two, "--face", f"1={one}", "--out", str(out)]) == 0
    assert "agreed to it" in capsys.readouterr().err
    with Image.open(out) as image:
        assert image.getexif()[270] == "Altered picture: faces were replaced by those of one.png"
    assert run_command(["swap", one, "--face", f"4={one}", "--out", str(out)]) == 2
    assert "there is no person 4" in capsys.readouterr().err
    assert run_command(["swap", none, "--face", one, "--out", str(out)]) == 1
    assert "no face found" in capsys.readouterr().err
    assert run_command(["swap", one, "--face", one, "--out", str(tmp_path / "out.txt")]) == 2
