# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the manual's picture of a head from three photos beside the person, in clay: a synthetic person, nobody."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nets.capture.capturer import CaptureOptions, Capturer
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import FACE_WEIGHT
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch
from nets.lab.accuracy.scan_files import Scan
from nets.lab.accuracy.scan_photos import Shot, photograph
from nets.lab.synth.actor import Actor
from nets.lab.synth.face import rotation_matrix
from nets.lab.synth.generator import FaceGenerator
from nets.merge.merging import Merger
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.topology.face_model import load_face_model

PERSON = 105  # seed
YAWS = -35.0, 0.0, 35.0  # degrees, of the photos and of the clay
CLAY = (186, 178, 170)
SIDE, GAP, LABEL = 300, 8, 26  # pixels
BACKGROUND, TEXT = (38, 40, 43), (222, 224, 226)


def main(output: str):
    bundle, generator = load_bundle(), FaceGenerator(load_face_model())
    layout = bundle.layout
    photos, true = portraits(generator)
    options = CaptureOptions(faces="largest", density="dense")
    merger = Merger(Capturer(load_engine(bundle), layout, bundle.input_size, options), bundle)
    pictures = [Picture(Path(f"{number}.png"), photo) for number, photo in enumerate(photos)]
    views = [merger.photo_view(picture, {}, Stopwatch()) for picture in pictures]
    merged = merger.merged(views)
    *_, found = merger.adjusted(views, merged)
    face = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
    true = fit_similarity(true[face], layout.mean[face]).apply(true.reshape(-1, 3)).reshape(true.shape)
    rows = {"Three photos": photos}
    shapes = {"The person": true}
    shapes |= {
        name: merger.separation.coarse.shape(each.identity)
        for name, each in (("Head from the photos", found), ("Mean of the single captures", merged))
    }
    for name, shape in shapes.items():
        shape = fit_similarity(shape[face], true[face]).apply(shape.reshape(-1, 3)).reshape(shape.shape)
        away = np.linalg.norm(shape - true, axis=-1)[face].mean()
        print(f"{name}: {away:.2f} mm from the person on average; {found.kept}")
        rows[name] = [clay(shape, layout, yaw) for yaw in YAWS]
    compose(rows).save(output, quality=88)


def portraits(generator: FaceGenerator) -> tuple[list[np.ndarray], np.ndarray]:
    """Return photos of a person at rest, and the person's shape (256, 256, 3)."""
    at_rest, ahead = np.zeros(len(generator.model.expression), np.float32), np.zeros((2, 2), np.float32)
    actor = Actor(generator, PERSON)
    photos = [actor.act(rotation_matrix(np.radians(yaw), 0, 0), at_rest, ahead).picture for yaw in YAWS]
    return photos, generator.chart.position_map(generator.model.shape(actor.identity, at_rest))


def clay(shape: np.ndarray, layout, yaw: float) -> np.ndarray:
    """Render a canonical shape (256, 256, 3) as if it were of clay."""
    mesh = layout.mesh("dense")
    vertices = layout.sample(mesh, shape.astype(np.float32)).astype(np.float64)
    colours = np.tile(np.uint8(CLAY), (len(vertices), 1))
    picture = photograph(Scan(vertices, mesh.triangles, np.zeros((3, 3)), colours), Shot(yaw), SIDE)
    return picture


def compose(rows: dict[str, list[np.ndarray]]) -> Image.Image:
    """Put rows of pictures below each other, each with its name above."""
    width = GAP + len(YAWS) * (SIDE + GAP)
    sheet = Image.new("RGB", (width, GAP + len(rows) * (SIDE + LABEL + GAP)), BACKGROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=16)
    for row, (name, pictures) in enumerate(rows.items()):
        top = GAP + row * (SIDE + LABEL + GAP)
        pen.text((GAP, top), name, fill=TEXT, font=font)
        for column, picture in enumerate(pictures):
            fitted = Image.fromarray(picture).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(fitted, (GAP + column * (SIDE + GAP), top + LABEL))
    return sheet


if __name__ == "__main__":
    main(*sys.argv[1:])
