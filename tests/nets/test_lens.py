# SPDX-License-Identifier: GPL-3.0-or-later
"""The lens of a photo: what its file tells, what the user gives, what the face shows."""

import io
import json

import cv2
import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import IFD
from PIL.TiffImagePlugin import IFDRational
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.lens import Lens, PhotoCamera, pooled, some_texels
from nets.capture.straightening import straightened
from nets.commands import run_command
from nets.errors import UsageError
from nets.geometry.pose import pose_with
from nets.geometry.similarity import fit_similarity
from nets.interface.perspective import KNOWN, Camera
from nets.io.exif_lens import focal_in
from nets.io.pictures import read_picture
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine

FILM, LENGTH, ZOOM, WIDTH, HEIGHT, RESOLUTION, UNIT = 0xA405, 0x920A, 0xA404, 0xA002, 0xA003, 0xA20E, 0xA210
PARTS = ("scale", "rotation", "translation")
PHONE = {FILM: 26, LENGTH: 4.25, WIDTH: 4032, HEIGHT: 3024}
PHONE_PIXELS = 26 / 43.267 * 5040  # 5040 is the picture's diagonal


def exif_of(tags, make="Maker", model="Model", orientation=1):
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = make, model, orientation
    rational = {tag: IFDRational(value) if isinstance(value, float) else value for tag, value in tags.items()}
    exif.get_ifd(IFD.Exif).update(rational)
    return exif


@pytest.mark.parametrize(
    "tags, name, size, pixels",
    [
        (PHONE, "", (4032, 3024), PHONE_PIXELS),
        (PHONE, "", (3024, 4032), PHONE_PIXELS),  # upright
        (PHONE, "", (2016, 1512), PHONE_PIXELS / 2),  # a smaller copy
        (PHONE, "", (3024, 3024), PHONE_PIXELS),  # a square that was cut out of it: the pixels are the camera's
        (PHONE, "", (1000, 700), PHONE_PIXELS),
        (PHONE, "", (8064, 3024), None),  # wider than what the camera took
        ({FILM: 26, WIDTH: 4032, HEIGHT: 2268}, "", (4032, 2268), PHONE_PIXELS),  # 16:9 is a part of the sensor
        ({FILM: 26, WIDTH: 3024, HEIGHT: 3024}, "", (3024, 3024), PHONE_PIXELS),
        ({FILM: 52, LENGTH: 4.25, ZOOM: 2.0}, "", (4032, 3024), 2 * PHONE_PIXELS),  # the phone has counted the zoom in
        ({FILM: 50, LENGTH: 50, ZOOM: 2.0}, "Canon EOS 5D Mark III", (6000, 4000), 2 * 50 / 36 * 6000),  # it has not
        ({LENGTH: 50}, "Canon EOS 700D", (5184, 3456), 50 * 1.6 / 36 * 5184),
        ({LENGTH: 35}, "NIKON D7200", (6000, 4000), 35 * 1.53 / 36 * 6000),
        ({LENGTH: 25}, "Panasonic DMC-GX80", (4592, 3448), 25 * 2 / 43.267 * np.hypot(4592, 3448)),
        ({LENGTH: 85, RESOLUTION: 6000 / 36, UNIT: 4}, "Unknown", (6000, 4000), 85 / 36 * 6000),  # per millimetre
        ({LENGTH: 50}, "Unknown", (6000, 4000), None),
        ({FILM: 0, LENGTH: 0}, "", (4032, 3024), None),
        ({FILM: 60000}, "", (4032, 3024), None),
        ({}, "", (4032, 3024), None),
    ],
)
def test_the_file_s_focal_length_in_pixels(tags, name, size, pixels):
    make, _, model = name.partition(" ")
    focal = focal_in(exif_of(tags, make, model).tobytes(), size)
    assert focal == (pixels if pixels is None else pytest.approx(pixels, rel=0.004))


def test_damaged_blocks_tell_nothing():
    whole = exif_of(PHONE).tobytes()
    for end in range(len(whole)):
        focal_in(whole[:end], (4032, 3024))
    rng = np.random.default_rng(0)
    for _ in range(300):
        broken = bytearray(whole)
        broken[rng.integers(10, len(whole))] = rng.integers(256)
        focal_in(bytes(broken), (4032, 3024))
    assert focal_in(b"", (4032, 3024)) is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_turned_photo_has_the_lens_of_its_file(tmp_path, kind):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48)).save(buffer, kind, exif=exif_of({FILM: 26, WIDTH: 4032, HEIGHT: 3024}, orientation=6))
    path = tmp_path / "photo"
    path.write_bytes(buffer.getvalue())
    picture = read_picture(path)
    assert picture.photo.shape == (64, 48, 3)
    if kind != "TIFF":  # whose decoder does not hand on the EXIF block
        assert picture.focal == pytest.approx(PHONE_PIXELS / 63, rel=1e-3)


@pytest.mark.parametrize(
    "text, pixels",
    [("50", 50 / 36 * 6000), ("24mm/36", 4000), ("1500px", 1500), ("90deg", 3000), ("53.13deg", 6000)],
)
def test_a_lens_that_is_given(text, pixels):
    assert Lens(text).focal_of((6000, 4000)) == pytest.approx(pixels, rel=1e-3)
    assert Lens(text).focal_of((4000, 6000)) == pytest.approx(pixels, rel=1e-3)


@pytest.mark.parametrize("text", ["", "wide", "0", "-50", "0deg", "50mm", "4mm/0", "1e9", "nan", "inf"])
def test_no_lens(text):
    with pytest.raises(UsageError, match="is not one of a photo"):
        Lens(text)


def test_what_is_given_goes_before_the_file_and_the_file_before_the_face(egg, turned):
    mean = some_texels(egg.mean, egg)
    size = (800, 800)
    [given, file, far, flat, lie] = [
        Lens(text).camera_of(size, focal, mean, [turned(20).apply(mean)])
        for text, focal in (("1500px", 900.0), ("auto", 900.0), ("auto", 1e6), ("orthographic", 900.0), ("auto", 600.0))
    ]
    assert (given.known, given.camera.focal, given.camera.centre.tolist()) == ("given", 1500, [399.5, 399.5])
    assert (file.known, file.camera.focal) == ("file", 900)
    assert lie.known != "file"  # the face would have been 17 centimetres away: the photo was cropped after that
    assert far.camera is None and flat.camera is None and far.known == flat.known == "orthographic"


def test_a_face_at_the_edge_of_a_wide_photo_is_seen_as_in_its_middle():
    """The photo of a camera that is turned aside from the face shows the same person."""
    bundle, side, angle = load_bundle(), 512, np.radians(28)
    capturer = Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, CaptureOptions())
    face_on = cv2.resize(astronaut()[:300, 60:360], (side, side))
    focal, middle = 900.0, np.array([255.5, 255.5])
    lens = Camera(focal, middle - (focal * np.tan(angle), 0))
    turned = cv2.Rodrigues(np.array([0, angle, 0]))[0]
    matrix, aside = np.diag([focal, focal, 1.0]), np.diag([focal, focal, 1.0])
    matrix[:2, 2], aside[:2, 2] = middle, lens.centre
    photo = cv2.warpPerspective(face_on, aside @ turned @ np.linalg.inv(matrix), (side, side))
    direct = captured(capturer, face_on, PhotoCamera(Camera(focal, middle), "given"))
    stretched, straight = (captured(capturer, photo, PhotoCamera(lens, known)) for known in ("estimated", "given"))
    apart = [
        np.linalg.norm(fit_similarity(each, direct).apply(each) - direct, axis=1).mean()
        for each in (stretched, straight)
    ]
    assert apart[1] < 0.6 and apart[1] < apart[0] / 3, apart


def captured(capturer, photo, camera):
    [estimate] = capturer.find(photo)
    return capturer.build(photo, straightened(photo, estimate, camera, capturer), camera).canonical_vertices()


@pytest.mark.parametrize(
    "given, known, pixels",
    [(None, "file", 85 / 36 * 512), ("50", "given", 50 / 36 * 512), ("orthographic", "orthographic", np.inf)],
)
def test_results_and_report_tell_the_camera(tmp_path, given, known, pixels):
    """What is given goes before the file."""
    photo = tmp_path / "photo.jpg"
    tags = {FILM: 85, WIDTH: 512, HEIGHT: 341}
    Image.fromarray(astronaut()[:341]).save(photo, quality=95, exif=exif_of(tags))
    lens = ["--lens", given] if given else []
    assert run_command(["reconstruct", str(photo), "--out", str(tmp_path / "out"), "--mesh", "grid", *lens]) == 0
    [entry] = json.loads((tmp_path / "out/report.json").read_text("utf-8"))["inputs"]
    camera = entry["faces"][0]["camera"]
    assert camera["known"] == known
    with np.load(tmp_path / "out/photo_0.npz") as face:
        assert face["camera"] == pytest.approx([pixels, 255.5, 170], rel=2e-3)
        assert KNOWN[face["camera_known"]] == known
        pose = pose_with(Camera.of_array(face["camera"]), *(face[f"perspective_{name}"] for name in PARTS))
        at_rest = pose.undo(face["vertices"])
        np.testing.assert_allclose(pose.apply(at_rest), face["vertices"], atol=1e-3)
    assert 0.5 * 130 < np.ptp(at_rest[:, 0]) < 2 * 130
    if known == "orthographic":
        assert camera["focal"] is None and camera["distance_mm"] is None
    else:
        assert camera["focal"] == pytest.approx(pixels, rel=2e-3)
        assert camera["distance_mm"] == pytest.approx(pose.distance, abs=1)


def test_a_lens_that_is_none_is_wrong_usage(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        run_command(["reconstruct", "photo.jpg", "--out", str(tmp_path), "--lens", "wide"])
    assert ended.value.code == 2 and "60deg" in capsys.readouterr().err


def test_photos_of_one_size_share_the_lens_that_is_estimated():
    sizes = np.array([[600, 400], [400, 600], [600, 400], [800, 600], [600, 400]])
    focals = zip((900, 1500, 1200, 700, 2000), (*["estimated"] * 4, "file"), sizes, strict=True)
    cameras = [PhotoCamera(Camera.of_photo(focal, size), known) for focal, known, size in focals]
    shared = pooled(cameras, sizes)
    assert [camera.camera.focal for camera in shared] == [1200, 1200, 1200, 700, 2000]
    assert shared[1].camera.centre.tolist() == [199.5, 299.5] and shared[4] is cameras[4]
