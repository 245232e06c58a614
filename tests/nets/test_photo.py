# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of image file arrives as the same upright 8-bit RGB; every bad one says what is wrong with it."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from nets.errors import UnreadableError
from nets.io.photo import read_photo

SMOOTH = np.stack([*np.meshgrid(np.linspace(20, 230, 60), np.linspace(40, 200, 40)), np.full((40, 60), 90.0)], -1)
RGB = SMOOTH.astype(np.uint8)  # (40, 60, 3); red grows to the right, green downwards


def save(path, image, format=None, **options):
    buffer = io.BytesIO()
    image.save(buffer, format or path.suffix[1:].replace("jpg", "jpeg"), **options)
    path.write_bytes(buffer.getvalue())
    return path


@pytest.mark.parametrize("name", ["photo.png", "photo.jpg", "photo.tiff", "photo.webp", "photo.bmp", "ein Föto 顔.jpg"])
def test_formats_and_names(tmp_path, name):
    photo = read_photo(save(tmp_path / name, Image.fromarray(RGB)))
    assert photo.dtype == np.uint8 and photo.shape == RGB.shape
    assert np.abs(photo.astype(int) - RGB).mean() < 3


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png"])
def test_exif_rotation(tmp_path, orientation, name):
    undo = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270}  # fmt: skip
    stored = Image.fromarray(RGB)
    if orientation in undo:  # what the camera stored, so that showing it by its tag gives RGB back
        stored = stored.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    photo = read_photo(save(tmp_path / name, stored, exif=exif))
    assert photo.shape == RGB.shape
    assert np.abs(photo.astype(int) - RGB).mean() < 3


def test_sixteen_bits_and_grey(tmp_path):
    path = tmp_path / "deep.png"
    path.write_bytes(cv2.imencode(".png", RGB[..., ::-1].astype(np.uint16) * 257)[1].tobytes())
    assert np.array_equal(read_photo(path), RGB)
    grey = RGB[..., 0]
    path.write_bytes(cv2.imencode(".png", grey.astype(np.uint16) * 257)[1].tobytes())
    assert np.array_equal(read_photo(path), np.repeat(grey[..., None], 3, 2))


def test_transparency_lies_over_white(tmp_path):
    rgba = np.dstack([RGB, np.full(RGB.shape[:2], 255, np.uint8)])
    rgba[:, :30, 3] = 0
    rgba[:, 30:40, 3] = 51  # a fifth
    photo = read_photo(save(tmp_path / "cut out.png", Image.fromarray(rgba)))
    assert (photo[:, :30] == 255).all() and np.array_equal(photo[:, 40:], RGB[:, 40:])
    np.testing.assert_allclose(photo[:, 30:40], 204 + RGB[:, 30:40] / 5, atol=1)


@pytest.mark.parametrize("name", ["print.jpg", "print.tiff"])
def test_cmyk(tmp_path, name):  # Pillow writes JPEG with Adobe's marker and inverted inks, as Photoshop does
    photo = read_photo(save(tmp_path / name, Image.fromarray(RGB).convert("CMYK"), **{"quality": 95}))
    assert np.abs(photo.astype(int) - RGB).mean() < 4


def test_wide_panorama(tmp_path):
    wide = np.tile(RGB[:20], (1, 334, 1))[:, :20000]
    assert read_photo(save(tmp_path / "wide.png", Image.fromarray(wide))).shape == (20, 20000, 3)


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp", "bmp"])
@pytest.mark.parametrize("keep", [0.3, 0.97])
def test_truncated(tmp_path, format, keep):
    noise = np.random.default_rng(0).integers(0, 255, (80, 80, 3), np.uint8)
    path = save(tmp_path / f"cut.{format}", Image.fromarray(noise), format)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(UnreadableError, match="damaged or cut short"):
        read_photo(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "empty"), (b"plain text, whatever its name says" * 9, "not an image"), (b"\x89PNG\r\n\x1a\n", "damaged")],
)
def test_not_an_image(tmp_path, content, reason):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=reason) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)


def test_too_small_missing_and_folder(tmp_path):
    with pytest.raises(UnreadableError, match="1 × 1 pixels"):
        read_photo(save(tmp_path / "dot.png", Image.new("RGB", (1, 1))))
    with pytest.raises(UnreadableError, match="no such file"):
        read_photo(tmp_path / "nowhere.jpg")
    with pytest.raises(UnreadableError, match="folder without photos"):
        read_photo(tmp_path)
