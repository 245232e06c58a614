# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the manual's picture of a head from three photos beside the person, in clay.

The person is made up, so that the true shape is known: a random shape of the face model in the skin of a portrait.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nets.capture.capturer import CaptureOptions, Capturer
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import FACE_WEIGHT, UVLayout
from nets.io.photo import read_photo
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch
from nets.lab.accuracy.scan_files import Scan
from nets.lab.accuracy.scan_photos import Lamp, Shot, photograph
from nets.lab.accuracy.surface import Surface
from nets.lab.face_chart import build_chart
from nets.merge.merging import Merger
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.topology.face_model import FaceModel, load_face_model

PERSON, UNUSUAL = 7, 1.2  # seed; standard deviations of the person's shape
YAWS = -30.0, 0.0, 30.0  # degrees, of the photos and of the clay
PHOTO = 512  # pixels of a photo's side
SHOWN = 96, 106, 416, 426  # left, top, right, bottom of the part of a photo that is shown
CLAY, LAMP = (200, 190, 180), Lamp((0.7, 0.6, 0.6), strength=0.75, ambient=0.08, shadows=True)
SIDE, GAP, LABEL = 300, 8, 26  # pixels
BACKGROUND, TEXT = (38, 40, 43), (222, 224, 226)


def main(portrait: str, output: str):
    bundle = load_bundle()
    layout, engine = bundle.layout, load_engine(bundle)
    lens = f"{Shot(0).focal(PHOTO):.1f}px"
    capturers = [
        Capturer(engine, layout, bundle.input_size, CaptureOptions(faces="largest", density="dense", lens=each))
        for each in ("auto", lens)
    ]
    picture = read_photo(portrait)
    skin = capturers[0].build(picture, capturers[0].find(picture)[0]).texture
    true = random_shape(load_face_model(), layout)
    mesh = layout.mesh("dense")
    vertices = layout.sample(mesh, true).astype(np.float64)
    person = Scan(vertices, mesh.triangles, np.zeros((3, 3)), uv=mesh.uv, texture=skin)
    photos = [photograph(person, Shot(yaw), PHOTO) for yaw in YAWS]
    merger = Merger(capturers[1], bundle)
    pictures = [Picture(Path(f"{number}.png"), photo) for number, photo in enumerate(photos)]
    views = [merger.photo_view(picture, {}, Stopwatch()) for picture in pictures]
    merged = merger.merged(views)
    *_, found = merger.adjusted(views, merged)
    face = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
    rows = {"Three photos of a made-up person": photos}
    shapes = {"The person's true shape": true}
    shapes |= {
        name: merger.separation.coarse.shape(each.identity)
        for name, each in (("Head from the photos", found), ("Mean of the single captures", merged))
    }
    for name, shape in shapes.items():
        shape = fit_similarity(shape[face], true[face]).apply(shape.reshape(-1, 3)).reshape(shape.shape)
        surface = Surface(layout.sample(mesh, shape), mesh.triangles)
        away = np.linalg.norm(surface.nearest(true[face][::7]) - true[face][::7], axis=1).mean()
        print(f"{name}: {away:.2f} mm from the person's skin on average")
        rows[name] = [clay(shape, layout, yaw) for yaw in YAWS]
    compose(rows).save(output, quality=88)


def random_shape(model: FaceModel, layout: UVLayout) -> np.ndarray:
    """Return the canonical shape (256, 256, 3) float32 of somebody who is nobody."""
    identity = UNUSUAL * np.random.default_rng(PERSON).standard_normal(len(model.identity)).astype(np.float32)
    shape = build_chart(model).position_map(model.shape(identity, np.zeros(len(model.expression), np.float32)))
    fit = fit_similarity(shape[layout.mask], layout.mean[layout.mask])
    return fit.apply(shape.reshape(-1, 3)).reshape(shape.shape).astype(np.float32)


def clay(shape: np.ndarray, layout: UVLayout, yaw: float) -> np.ndarray:
    """Render a canonical shape (256, 256, 3) as if it were of clay."""
    mesh = layout.mesh("dense")
    vertices = layout.sample(mesh, shape.astype(np.float32)).astype(np.float64)
    colours = np.tile(np.uint8(CLAY), (len(vertices), 1))
    return photograph(Scan(vertices, mesh.triangles, np.zeros((3, 3)), colours), Shot(yaw, lamp=LAMP), PHOTO)


def compose(rows: dict[str, list[np.ndarray]]) -> Image.Image:
    """Put rows of pictures below each other, each with its name above."""
    width = GAP + len(YAWS) * (SIDE + GAP)
    sheet = Image.new("RGB", (width, GAP + len(rows) * (SIDE + LABEL + GAP)), BACKGROUND)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=16)
    for row, (name, pictures) in enumerate(rows.items()):
        top = GAP + row * (SIDE + LABEL + GAP)
        pen.text((GAP, top), name, fill=TEXT, font=font)
        for column, picture in enumerate(pictures):
            fitted = Image.fromarray(picture).crop(SHOWN).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            sheet.paste(fitted, (GAP + column * (SIDE + GAP), top + LABEL))
    return sheet


if __name__ == "__main__":
    main(*sys.argv[1:])
