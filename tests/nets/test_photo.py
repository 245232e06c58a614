# SPDX-License-Identifier: GPL-3.0-or-later
"""Every kind of image file arrives as the same upright 8-bit RGB; every bad one says what is wrong with it."""

import io
import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from nets.errors import UnreadableError
from nets.interface.orientation import BY_TAG, read_orientation
from nets.io.photo import read_photo

PHOTOS = Path(__file__).parent / "photos"
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


@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.webp", "photo.tiff"])
def test_blender_and_the_worker_turn_a_photo_alike(tmp_path, name):
    """Blender shows pixels as they are stored, so it asks the file how they are turned."""
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / name, Image.fromarray(RGB).transpose(Image.Transpose.ROTATE_90), exif=exif)
    assert read_orientation(path) == BY_TAG[6]
    assert read_photo(path).shape == RGB.shape


def test_avif_has_turns_and_depths_of_its_own():
    """Both pictures are the same portrait; one is stored on its side, one in ten bits."""
    turned, deep = (read_photo(PHOTOS / name) for name in ("orientation6.avif", "ten_bit.avif"))
    assert read_orientation(PHOTOS / "orientation6.avif") == BY_TAG[6]
    assert turned.shape == deep.shape == (400, 300, 3)
    assert np.abs(turned.astype(int) - deep).mean() < 4


def profile_of(primaries, curve):
    """An ICC profile of the columns of red, green and blue (3, 3), D50, and one curve's tag."""
    tags = {name: b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in column))
            for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), np.transpose(primaries), strict=True)}  # fmt: skip
    tags |= {b"wtpt": b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    table, data, offset = struct.pack(">I", len(tags)), b"", 132 + 12 * len(tags)
    for name, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        table += struct.pack(">4sII", name, offset + len(data), len(content))
        data += content
    header = struct.pack(">I4sI4s4s4s", offset + len(data), b"\0" * 4, 0x02400000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + table + data


P3 = [[0.5151, 0.2920, 0.1571], [0.2412, 0.6922, 0.0666], [-0.0011, 0.0419, 0.7841]]
ADOBE = [[0.6097, 0.2053, 0.1492], [0.3111, 0.6257, 0.0632], [0.0195, 0.0609, 0.7446]]
PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + struct.pack(">5i", *(round(v * 65536) for v in PARAMETERS))
GAMMA_CURVE = b"curv\0\0\0\0" + struct.pack(">IH", 1, 563)


@pytest.mark.parametrize(("primaries", "curve"), [(P3, SRGB_CURVE), (ADOBE, GAMMA_CURVE)], ids=["Display P3", "Adobe"])
def test_colour_profiles_become_srgb(tmp_path, primaries, curve):
    """As Little CMS does it, within two levels."""
    profile = profile_of(primaries, curve)
    photo = read_photo(save(tmp_path / "photo.png", Image.fromarray(RGB), icc_profile=profile))
    wanted = ImageCms.profileToProfile(
        Image.fromarray(RGB), io.BytesIO(profile), ImageCms.createProfile("sRGB"), ImageCms.Intent.RELATIVE_COLORIMETRIC
    )
    assert np.abs(photo.astype(int) - np.asarray(wanted)).max() <= 2
    assert np.abs(photo.astype(int) - RGB).max() > 10


def test_a_damaged_profile_changes_nothing(tmp_path):
    broken = profile_of(P3, SRGB_CURVE)[:180]
    assert np.array_equal(read_photo(save(tmp_path / "photo.png", Image.fromarray(RGB), icc_profile=broken)), RGB)


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


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp", "bmp", "gif", "ppm", "avif"])
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


def test_heic_says_what_to_do(tmp_path):
    for name in ("photo.heic", "photo.jpg"):  # also under another's name
        (tmp_path / name).write_bytes(b"\0\0\0\x18ftypheic" + bytes(64))
        with pytest.raises(UnreadableError, match="photos cannot be read"):
            read_photo(tmp_path / name)


def test_what_only_blender_reads_says_so(tmp_path):
    with pytest.raises(UnreadableError, match=r"TGA pictures are read in Blender only.*JPEG"):
        read_photo(save(tmp_path / "photo.tga", Image.fromarray(RGB)))
