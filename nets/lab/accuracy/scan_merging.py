# SPDX-License-Identifier: GPL-3.0-or-later
"""How near heads come to scanned people: from one photo, and from several ones that are compared with each other.

Errors are mean distances in millimetres of the scan's face (nets.lab.accuracy.scan.face_points) from the head's surface
after the best similarity, at the size of the mean head. Where the lens is known, the camera
tells the size of a head whose distance is known: that is compared with the scan's size.
"""

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nets.capture.capturer import CaptureOptions, Capturer
from nets.errors import NoFaceError, UnreadableError
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.scan import at_rest, face_points
from nets.lab.accuracy.scan_clip import phone_clip, write_clip
from nets.lab.accuracy.scan_expressions import Expressions
from nets.lab.accuracy.scan_files import Scan, read_scan
from nets.lab.accuracy.scan_photos import MIDDLE, Lamp, Shot, as_jpeg, photograph
from nets.lab.accuracy.surface import Surface, alignment, distance_after_alignment
from nets.merge.merging import Compared, HeadEstimate, Merger
from nets.merge.photo_view import PhotoView
from nets.merge.view_camera import ViewCamera
from nets.performance.one_head import one_head
from nets.topology.face_model import FaceModelError, load_face_model

KINDS = ".npz", ".obj", ".ply"
SIDE = 512  # pixels of a photo
WIDTH, HEIGHT = 45, 15  # degrees from the front within which many photos are spread
SEED = 9100


@dataclass(frozen=True)
class SetUp:
    """How a scan is photographed.

    yaws: degrees, of the photos; None: `count` of them, spread over WIDTH and HEIGHT
    distance: millimetres; lens_known: whether the focal length is given
    light: "camera", fixed to it; "matt" or "glossy", another lamp in each photo, the latter with highlights and shadows
    jpeg: whether photos have noise and JPEG's losses
    expression: strength of the expression, another one in each photo; only on scans whose landmarks are known
    clip: whether it is filmed in the place of photos, see nets.lab.accuracy.scan_clip
    """

    name: str
    yaws: tuple[float, ...] | None = None
    count: int = 0
    distance: float = 600
    lens_known: bool = True
    light: str = "camera"
    jpeg: bool = False
    expression: float = 0.0
    clip: bool = False

    @property
    def lens(self) -> str:
        """The lens as a user gives it, see nets.capture.lens."""
        return f"{Shot(0, distance=self.distance).focal(SIDE):.2f}px" if self.lens_known else "auto"

    def photos(self, scan: Scan, seed: int, expressions: Expressions | None = None) -> Iterator[np.ndarray]:
        """Yield the photos (SIDE, SIDE, 3) uint8 of a scan at rest."""
        rng = np.random.default_rng(seed)
        if self.yaws is None:
            angles = zip(np.linspace(-WIDTH, WIDTH, self.count), rng.uniform(-HEIGHT, HEIGHT, self.count), strict=True)
        else:
            angles = ((yaw, 0) for yaw in self.yaws)
        for yaw, pitch in angles:
            lamp = Lamp()
            if self.light != "camera":
                lamp = Lamp.draw(rng, *((0.35, True) if self.light == "glossy" else (0.0, False)))
            seen = expressions.wear(scan, rng, self.expression) if self.expression else scan
            picture = photograph(seen, Shot(float(yaw), float(pitch), distance=self.distance, lamp=lamp), SIDE)
            yield as_jpeg(picture, rng) if self.jpeg else picture


THREE = (0.0, -30.0, 30.0)
SET_UPS = (
    SetUp("2 photos", (0.0, 30.0)),
    SetUp("3 photos", THREE),
    SetUp("3 photos, lens unknown", THREE, lens_known=False),
    SetUp("3 photos at 40 cm", THREE, distance=400),
    SetUp("3 photos at 150 cm", THREE, distance=1500),
    SetUp("3 photos, expressions", THREE, expression=0.5),
    SetUp("5 photos, lens unknown", (0.0, -20.0, 20.0, -40.0, 40.0), lens_known=False),
    SetUp("8 photos, JPEG", count=8, jpeg=True),
    SetUp("8 photos, JPEG, expressions", count=8, jpeg=True, expression=0.5),
    SetUp("8 photos, JPEG, other light", count=8, jpeg=True, light="matt"),
    SetUp("8 photos, JPEG, other light, glossy", count=8, jpeg=True, light="glossy"),
    SetUp("clip, lens unknown", lens_known=False, expression=0.15, clip=True),
)


class _Person:
    """A scan and its errors."""

    def __init__(self, path: Path, evaluated: EvaluatedModel):
        self.scan = at_rest(read_scan(path), evaluated.mean_features)
        self.name, self._layout = path.stem, evaluated.bundle.layout

    @cached_property
    def _points(self) -> np.ndarray:
        return face_points(self.scan)

    def error(self, canonical: np.ndarray) -> float:
        """Measure a canonical map (256, 256, 3)."""
        return float(distance_after_alignment(self._surface(canonical), self._points).mean())

    def size_of(self, canonical: np.ndarray) -> float:
        """Return the size of a canonical map (256, 256, 3) over the scan's."""
        return float(1 / alignment(self._surface(canonical), self._points).scale)

    def _surface(self, canonical: np.ndarray) -> Surface:
        mesh = self._layout.mesh("medium")
        return Surface(self._layout.sample(mesh, canonical), mesh.triangles)


@dataclass(frozen=True)
class _Errors:
    """Of one scan's heads.

    merged, compared: mean distances of the two heads, millimetres; expected: what the compared head expects of itself
    focal: share by which the focal length is off; size: that by which the head is, which its camera's distance tells
    """

    merged: float
    compared: float
    expected: float
    focal: float
    size: float


def check_scan_merging(evaluated: EvaluatedModel, folder: Path) -> Section:
    """Measure on all scans of a folder. Raises UnreadableError."""
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in KINDS)
    if not paths:
        raise UnreadableError("no scans in this folder", folder, f"Give a folder with {', '.join(KINDS)} files")
    people = [_Person(path, evaluated) for path in paths]
    try:
        expressions = Expressions(load_face_model(), evaluated.bundle.layout)
    except FaceModelError as error:
        print(f"No expressions: {error}\n", file=sys.stderr)
        expressions = None
    mean_face = evaluated.bundle.layout.mean
    figures = [Figure("mean face", float(np.mean([person.error(mean_face) for person in people])), "mm")]
    rows = [f"{'':<40}" + "".join(f"{person.name[-12:]:>14}" for person in people)]
    for set_up in SET_UPS:
        merger = _merger(evaluated, set_up.lens)
        heads = [_heads(person, set_up, merger, SEED + number, expressions) for number, person in enumerate(people)]
        found = [head for head in heads if head]
        if not found:
            continue
        cells = "".join(
            f"{head.compared:.2f} ({head.expected:.2f})".rjust(14) if head else f"{'-':>14}" for head in heads
        )
        rows.append(f"{set_up.name:<40}{cells}")
        print(rows[-1], file=sys.stderr, flush=True)  # each takes minutes
        merged, compared, _, focal, size = np.mean([astuple(head) for head in found], 0)
        figures.append(Figure(f"{set_up.name}: mean of single captures", float(merged), "mm"))
        figures.append(Figure(f"{set_up.name}: compared", float(compared), "mm"))
        if set_up.lens_known:
            figures.append(Figure(f"{set_up.name}: size off", 100 * float(size)))
        else:
            figures.append(Figure(f"{set_up.name}: focal length off", 100 * float(focal)))
    rows.append("(in brackets: the expected error that the head itself gives)")
    return Section("scanned people", f"{len(people)} scans of {folder.name}, {SIDE} px photos", figures, rows)


def _merger(evaluated: EvaluatedModel, lens: str) -> Merger:
    options = CaptureOptions(
        faces="largest", density="medium", texture_size=256, detector=evaluated.detector, lens=lens
    )
    bundle = evaluated.bundle
    return Merger(Capturer(evaluated.engine, bundle.layout, bundle.input_size, options), bundle)


def _heads(
    person: _Person, set_up: SetUp, merger: Merger, seed: int, expressions: Expressions | None
) -> _Errors | None:
    """Return the heads' errors; None if a face was not found or expressions cannot be put on it."""
    if set_up.expression and (expressions is None or person.scan.landmarks68 is None):
        return None
    try:
        if set_up.clip:
            views, found = _filmed(person.scan, set_up, merger, seed, expressions)
            merged = merger.merged(views)
        else:
            pictures = enumerate(set_up.photos(person.scan, seed, expressions))
            views = [merger.photo_view(Picture(Path(f"{k}.png"), each), {}, Stopwatch()) for k, each in pictures]
            merged = merger.merged(views)
            *_, found = merger.adjusted(views, merged)
    except NoFaceError:
        return None
    coarse = merger.separation.coarse
    focal = [camera.camera.focal for camera in found.cameras if camera.camera]
    true = Shot(0, distance=set_up.distance).focal(SIDE)
    shape = coarse.shape(found.identity)
    return _Errors(
        person.error(coarse.shape(merged.identity)),
        person.error(shape),
        _expected(found),
        abs(float(np.median(focal)) / true - 1) if focal else 1.0,
        abs(person.size_of(shape) * set_up.distance / _distance(found) - 1),
    )


def _distance(found: HeadEstimate) -> float:
    """Return the distance from the camera to the head's middle, median over the photos, millimetres."""
    cameras = map(ViewCamera.of, found.poses)
    return float(np.median([np.linalg.norm(camera.rotation @ MIDDLE + camera.place) for camera in cameras]))


def _filmed(
    scan: Scan, set_up: SetUp, merger: Merger, seed: int, expressions: Expressions
) -> tuple[list[PhotoView], HeadEstimate]:
    """Return what the product's own path for clips makes of a scan that is filmed. Raises NoFaceError."""
    worn = expressions.wear(scan, np.random.default_rng(seed), set_up.expression)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        write_clip(path, phone_clip(scan, worn, set_up.distance, SIDE), SIDE)
        compared = next(event for event in one_head(merger, [path], {}) if isinstance(event, Compared))
    return compared.views, compared.found


def _expected(found: HeadEstimate) -> float:
    """Return the median expected error of the inner three quarters of the coarse map, millimetres."""
    return float(np.median(found.uncertainty[8:-8, 8:-8]))
