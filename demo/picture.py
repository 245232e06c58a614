# SPDX-License-Identifier: GPL-3.0-or-later
"""Lays the demo's views out as one labelled picture."""

import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

PANELS = (  # view, label; two rows of three
    (("photo", "Photo"), ("overlay", "Mesh on the photo"), ("texture", "Texture map")),
    (("right", "Captured head, from its right"), ("front", "From the front"), ("left", "From its left")),
)
BACKGROUND = (38, 40, 43)
TEXT = (222, 224, 226)
PANEL = (62, 65, 69)  # behind the heads
MESH_OPACITY = 0.55
SIDE, GAP, LABEL = 384, 12, 30  # pixels


def compose(views: dict[str, Image.Image]) -> Image.Image:
    """All views, each a square of SIDE pixels with its label below."""
    rows, columns = len(PANELS), len(PANELS[0])
    size = (GAP + columns * (SIDE + GAP), GAP + rows * (SIDE + LABEL + GAP))
    picture = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size=17)
    for row, panels in enumerate(PANELS):
        for column, (view, label) in enumerate(panels):
            corner = (GAP + column * (SIDE + GAP), GAP + row * (SIDE + LABEL + GAP))
            panel = Image.new("RGBA", (SIDE, SIDE), PANEL)
            panel.alpha_composite(views[view].convert("RGBA").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
            picture.paste(panel.convert("RGB"), corner)
            middle = (corner[0] + SIDE / 2, corner[1] + SIDE + LABEL / 2)
            draw.text(middle, label, font=font, fill=TEXT, anchor="mm")
    return picture


def main(folder: str, output: str):
    views = {path.stem: Image.open(path) for path in Path(folder).glob("*.png")}
    views["overlay"] = Image.blend(views["photo"], views["mesh"], MESH_OPACITY)
    compose(views).save(output, optimize=True, quality=88)
    print(f"wrote {output}")


if __name__ == "__main__":
    main(*sys.argv[1:])
