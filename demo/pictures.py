# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the manual's picture of what is done with a captured face: passes, parts of another face, paint, a swap.

The other face is a synthetic one (`python -m nets synth`): nobody's.
"""

import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.face import FaceResult
from nets.capture.face_swap import FaceSwap
from nets.capture.picture_formats import FacePictures, encode_normals, to_16_bits
from nets.capture.render_over import plain_view, render_over
from nets.capture.texture_parts import part_masks, take_parts, union
from nets.geometry.seen_mesh import NOTHING
from nets.io.photo import read_photo
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.topology.textured_head import PhotoHead

OTHER = Path(__file__).with_name("synthetic_face.png")
SIDE, GAP, LABEL = 300, 8, 26  # pixels
BACKGROUND, TEXT = (38, 40, 43), (222, 224, 226)
MARGIN = 1.15  # of the face's box, shown around it
STRIPES = ((84, 94, (30, 60, 150)), (94, 102, (235, 235, 235)), (102, 112, (170, 30, 40)))  # rows of 256, colour


def main(photo: str, output: str):
    bundle = load_bundle()
    layout = bundle.layout
    capturer = Capturer(load_engine(bundle), layout, bundle.input_size, CaptureOptions(faces="largest"))
    picture, other_picture = read_photo(photo), read_photo(OTHER)
    face, other = capture(capturer, picture), capture(capturer, other_picture)
    pictures, head = FacePictures(face, layout), PhotoHead.of_result(face.arrays())

    def with_texture(texture: np.ndarray) -> np.ndarray:
        painted = replace(head.head, textures=(texture,))
        return render_over(picture, painted, head.head, plain_view(painted.mesh, head.in_view))

    masks = part_masks(layout)
    parts = take_parts(face.texture, other.texture, union([masks["eyes"], masks["brows"]]))
    swapped = FaceSwap(other, layout)(picture, pictures.seen, face.uv, face.in_view)
    views = {
        "Photo": picture,
        "Depth": grey(pictures.seen.depth()),
        "Normals": np.uint8(encode_normals(pictures.seen.normals()) >> 8),
        "PNCC": np.uint8(to_16_bits(pictures.seen.pncc(pictures.mean, layout)) >> 8),
        "A synthetic face": other_picture,
        "Its eyes and brows": with_texture(parts),
        "Paint over the photo": with_texture(striped(face.texture)),
        "Its face": swapped,
    }
    boxes = {name: other.box if view is other_picture else face.box for name, view in views.items()}
    sheet = compose([(name, cut_out(view, boxes[name])) for name, view in views.items()])
    sheet.save(output, optimize=True, quality=90)


def capture(capturer: Capturer, picture: np.ndarray) -> FaceResult:
    estimate = capturer.find(picture)[0]
    return capturer.build(picture, estimate, capturer.camera_of(picture, estimate))


def grey(depth: np.ndarray) -> np.ndarray:
    """Depth as grey levels (H, W, 3), near is light."""
    shown = depth < NOTHING
    near, far = depth[shown].min(), depth[shown].max()
    level = np.where(shown, 255 - 215 * (depth - near) / (far - near), 0)
    return np.repeat(np.uint8(level)[..., None], 3, axis=2)


def striped(texture: np.ndarray) -> np.ndarray:
    """The texture with three painted stripes over the cheeks and the nose."""
    painted, scale = texture.astype(np.float32), len(texture) // 256
    for first, last, colour in STRIPES:
        rows = slice(first * scale, last * scale)
        painted[rows] = 0.25 * painted[rows] + 0.75 * np.float32(colour)
    return np.uint8(painted)


def cut_out(picture: np.ndarray, box: np.ndarray) -> Image.Image:
    """The square around a face, SIDE pixels wide."""
    (left, top, right, bottom), half = box, MARGIN * max(box[2] - box[0], box[3] - box[1])
    x, y = (left + right) / 2, (top + bottom) / 2 - 0.12 * half
    scale = SIDE / (2 * half)
    matrix = np.float32([[scale, 0, SIDE / 2 - scale * x], [0, scale, SIDE / 2 - scale * y]])
    cut = cv2.warpAffine(picture, matrix, (SIDE, SIDE), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return Image.fromarray(cut)


def compose(panels: list[tuple[str, Image.Image]]) -> Image.Image:
    """Lay the panels out in rows of four, each with its label below."""
    columns, rows = 4, -(-len(panels) // 4)
    sheet = Image.new("RGB", (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + LABEL + GAP)), BACKGROUND)
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=15)
    for number, (label, panel) in enumerate(panels):
        corner = GAP + number % columns * (SIDE + GAP), GAP + number // columns * (SIDE + LABEL + GAP)
        sheet.paste(panel, corner)
        draw.text((corner[0] + SIDE / 2, corner[1] + SIDE + LABEL / 2), label, font=font, fill=TEXT, anchor="mm")
    return sheet


if __name__ == "__main__":
    main(*sys.argv[1:])
