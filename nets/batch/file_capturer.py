# SPDX-License-Identifier: GPL-3.0-or-later
"""One file after another: a photo's or a video's path in, result files and report entries out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from nets.batch.listing import Source
from nets.batch.thumbnail import Thumbnail
from nets.capture.capturer import CaptureOptions, Capturer, FaceEstimate
from nets.capture.finding import Boxes, find_faces
from nets.capture.mesh_formats import EXPORTERS
from nets.environment import cores
from nets.io.files import not_written
from nets.io.fingerprint import FileFingerprint, digest_of
from nets.io.pictures import Fetched, Picture, fetch
from nets.io.report import InputEntry, printable, recorded
from nets.io.stopwatch import Stopwatch
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.engines import load_engine
from nets.model.engines.shared import SharedEngine


@dataclass(frozen=True)
class CaptureSettings:
    """What decides the results of a run."""

    faces: str = "all"
    model: str = DEFAULT_BUNDLE
    engine: str = "auto"
    device: str = "auto"
    detector: str = "auto"
    formats: tuple[str, ...] = ("npz",)
    thumbnails: bool = False
    boxes: Boxes = field(default_factory=dict)

    @property
    def by_content(self) -> bool:
        """Whether photos with the same content have the same results: boxes are given by name."""
        return not self.boxes

    def load_capturer(self) -> Capturer:
        """For many threads. Raises BundleError or EngineError."""
        bundle = load_bundle(self.model)
        engine = load_engine(bundle, self.engine, self.device)
        engine = SharedEngine(engine, passes_on_cpu=max(cores() // 2, 1))
        options = CaptureOptions(faces=self.faces, detector=self.detector)
        return Capturer(engine, bundle.layout, bundle.input_size, options)

    def options(self) -> dict:
        """What must be the same if a run is to be resumed."""
        model = load_bundle(self.model).weights_digest
        boxes = hashlib.sha256(repr([(key, rows.tolist()) for key, rows in self.boxes.items()]).encode()).hexdigest()
        return {
            "faces": self.faces,
            "model": model,
            "detector": self.detector,
            "formats": list(self.formats),
            "boxes": boxes,
        }


class FileCapturer:
    """Holds the model; any number of threads may call it at once."""

    def __init__(self, settings: CaptureSettings, capturer: Capturer, out: Path):
        self.settings, self.capturer, self.out = settings, capturer, out

    def __call__(self, source: Source) -> list[InputEntry]:
        """Reads the file, captures its faces and writes them: one entry for a photo, one per frame for a video.

        What goes wrong is told in the entries. Raises DiskFullError.
        """
        return [self.capture(source, fetched, fingerprint) for fetched, fingerprint in fetch_with_fingerprint(source)]

    def capture(self, source: Source, fetched: Fetched, fingerprint: FileFingerprint | None) -> InputEntry:
        """Captures and writes the faces of a picture that has been fetched from a source."""
        entry, clock = InputEntry.of(fetched), Stopwatch()
        entry.ms, entry.fingerprint = clock.ms, fingerprint
        picture, estimates = None, []
        with recorded(entry):
            picture = fetched.decode()
            clock.ms["read"] = picture.read_ms
            estimates = find_faces(picture, self.settings.boxes, self.capturer, clock)
        if picture is not None and picture.photo is not None:
            entry.image_size = [picture.photo.shape[1], picture.photo.shape[0]]
            with recorded(entry):
                self._finish(source, picture, estimates, entry, clock)
        return entry

    def _finish(
        self, source: Source, picture: Picture, estimates: list[FaceEstimate], entry: InputEntry, clock: Stopwatch
    ) -> None:
        name = source.name if picture.frame is None else f"{source.name}_{picture.frame:06d}"
        with clock.measure("write"):
            if estimates:
                self._make_folder(name)
            small = Thumbnail(picture.photo, [each.box for each in estimates]) if self.settings.thumbnails else None
        for index, estimate in enumerate(estimates):
            with clock.measure("mesh"):
                face = self.capturer.build(picture.photo, estimate)
            with clock.measure("write"):
                stem = self.out / f"{name}_{index}"
                files = [EXPORTERS[each](face, picture.photo, stem) for each in self.settings.formats]
                if small:
                    small.draw(face)
            entry.add_face(face.summary(), printable(files[0].relative_to(self.out).as_posix()))
        if small:
            entry.thumbnail = small.encode()

    def _make_folder(self, name: str) -> None:
        folder = (self.out / name).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(error, folder) from None


def fetch_with_fingerprint(source: Source) -> Iterator[tuple[Fetched, FileFingerprint | None]]:
    """The photo or the frames of a video, with what its file was like before it was read."""
    fingerprint = FileFingerprint.of(source.path)
    for fetched in fetch(source.path):
        if fingerprint and fetched.frame is None and fetched.content is not None and fetched.content.size:
            yield fetched, replace(fingerprint, digest=digest_of(fetched.content))
        else:
            yield fetched, fingerprint
