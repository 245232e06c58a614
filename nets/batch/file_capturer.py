# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture of a file: from the path of a photo or a movie to result files and entries of the report."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from nets.batch.listing import Source
from nets.batch.picture_capture import PictureCapture
from nets.batch.thumbnail import Thumbnail
from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.finding import Boxes
from nets.capture.lens import AUTO
from nets.capture.mesh_formats import EXPORTERS
from nets.capture.picture_formats import PICTURE_FORMATS, FacePictures
from nets.environment import cores
from nets.interface.text import printable
from nets.io.files import not_written
from nets.io.fingerprint import FileFingerprint, digest_of
from nets.io.pictures import Fetched, fetch
from nets.io.report import InputEntry, recorded
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.engines import load_engine
from nets.model.engines.shared import SharedEngine
from nets.topology.captured_head import CapturedHead
from nets.topology.head import HeadMaker
from nets.topology.head_formats import HEAD_FORMATS

MESHES = {"head": "head", "grid": None, "ict": "model"}  # the mesh of results -> its topology in HEADS


@dataclass(frozen=True)
class RunSettings:
    """The settings on which the results of a run depend."""

    faces: str = "all"
    model: str = DEFAULT_BUNDLE
    engine: str = "auto"
    device: str = "auto"
    detector: str = "auto"
    formats: tuple[str, ...] = ("npz",)
    mesh: str = "head"
    thumbnails: bool = False
    boxes: Boxes = field(default_factory=dict)
    lens: str = AUTO
    even_light: bool = False
    detail: bool = False
    iterations: int | None = None

    @property
    def by_content(self) -> bool:
        """Whether photos with the same content have the same results: boxes are given by name."""
        return not self.boxes

    def load_capturer(self) -> Capturer:
        """Load a capturer that many threads may use at once. Raises BundleError or EngineError."""
        bundle = load_bundle(self.model)
        engine = load_engine(bundle, self.engine, self.device, iterations=self.iterations)
        engine = SharedEngine(engine, passes_on_cpu=max(cores() // 2, 1))
        options = CaptureOptions(faces=self.faces, detector=self.detector, lens=self.lens)
        return Capturer(engine, bundle.layout, bundle.input_size, options)

    def options(self) -> dict:
        """Return what must be the same if a run is to be resumed."""
        model = load_bundle(self.model).weights_digest
        boxes = hashlib.sha256(repr([(key, rows.tolist()) for key, rows in self.boxes.items()]).encode()).hexdigest()
        return {
            "faces": self.faces,
            "model": model,
            "detector": self.detector,
            "formats": list(self.formats),
            "mesh": self.mesh,
            "boxes": boxes,
            "lens": self.lens,
            "even_light": self.even_light,
            "detail": self.detail,
            "iterations": self.iterations,
        }


class FileCapturer:
    """Captures files with one model. Any number of threads may call it at once."""

    def __init__(self, settings: RunSettings, capturer: Capturer, out: Path):
        """Raises FaceModelError if the settings ask for the face model's mesh and it is not installed."""
        self.settings, self.capturer, self.out = settings, capturer, out
        topology = MESHES[settings.mesh]
        self._head_maker = None
        if topology:
            self._head_maker = HeadMaker(capturer.layout, topology).finishing(settings.even_light, settings.detail)

    def __call__(self, source: Source) -> list[InputEntry]:
        """Capture a file and write its results. Returns one entry for a photo, one per frame for a movie.

        Errors are part of the entries. Raises DiskFullError.
        """
        return [self.capture(source, fetched, fingerprint) for fetched, fingerprint in fetch_with_fingerprint(source)]

    def capture(self, source: Source, fetched: Fetched, fingerprint: FileFingerprint | None) -> InputEntry:
        """Capture a picture of a source and write the results of its faces. Raises DiskFullError."""
        picture = fetched.decode()
        capture = PictureCapture(picture, self.capturer, self.settings.boxes)
        entry = capture.entry
        entry.fingerprint = fingerprint
        if picture.photo is not None:
            entry.image_size = [picture.photo.shape[1], picture.photo.shape[0]]
            with recorded(entry):
                name = source.name if picture.frame is None else f"{source.name}_{picture.frame:06d}"
                self._write(capture, name)
        return entry

    def _write(self, capture: PictureCapture, name: str) -> None:
        """Build the faces one by one and write each; name: of the picture's results."""
        photo, entry, clock = capture.picture.photo, capture.entry, capture.clock
        thumbnail = None
        with clock.measure("write"):
            if capture.estimates:
                self._make_folder(name)
            if self.settings.thumbnails:
                thumbnail = Thumbnail(photo, [each.box for each in capture.estimates])
        for index, estimate in enumerate(capture.estimates):
            face = capture.build(estimate)
            stem = self.out / f"{name}_{index}"
            head = None
            if self._head_maker and HEAD_FORMATS.keys() & set(self.settings.formats):
                with clock.measure("mesh"):
                    head = CapturedHead.of(face, self._head_maker)
            with clock.measure("write"):
                pictures = FacePictures(face, self.capturer.layout)
                files = [self._export(each, pictures, head, photo, stem) for each in self.settings.formats]
                if thumbnail:
                    thumbnail.draw(face)
            entry.add_face(face.summary(), printable(files[0].relative_to(self.out).as_posix()))
        if thumbnail:
            entry.thumbnail = thumbnail.encode()

    def _export(
        self, format: str, pictures: FacePictures, head: CapturedHead | None, photo: np.ndarray, stem: Path
    ) -> Path:
        """Write a face in one format: on the head model's mesh where there is one and the format is of a mesh."""
        if format in PICTURE_FORMATS:
            return PICTURE_FORMATS[format](pictures, stem)
        if head and format in HEAD_FORMATS:
            return HEAD_FORMATS[format](head, stem)
        return EXPORTERS[format](pictures.face, photo, stem)

    def _make_folder(self, name: str) -> None:
        folder = (self.out / name).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(error, folder) from None


def fetch_with_fingerprint(source: Source) -> Iterator[tuple[Fetched, FileFingerprint | None]]:
    """Yield the photo, or the frames of a movie, each with the fingerprint that the file had before it was read."""
    fingerprint = FileFingerprint.of(source.path)
    for fetched in fetch(source.path):
        if fingerprint and fetched.frame is None and fetched.content is not None and fetched.content.size:
            yield fetched, replace(fingerprint, digest=digest_of(fetched.content))
        else:
            yield fetched, fingerprint
