# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents' screenshots, from the window tests' own: `python -m demo.screenshots out/ui docs/images`."""

import sys
from pathlib import Path

from PIL import Image

WIDTH, QUALITY = 1000, 82
PICTURES = {  # the document's: the test's, and the part of the window that is shown (left, top, right, bottom), of 1
    "installed": ("install-1-installed", (0, 0, 0.82, 0.48)),
    "first-capture": ("install-2-first-capture", (0, 0, 0.82, 0.85)),
    "topology-panel": ("topology-1-head", (0.25, 0.09, 0.82, 0.82)),
    "preferences": ("install-3-preferences", (0.385, 0.49, 0.74, 0.8)),
}


def main(taken: str, documents: str):
    for name, (source, part) in PICTURES.items():
        with Image.open(Path(taken, f"{source}.png")) as picture:
            corners = (round(share * side) for share, side in zip(part, 2 * picture.size, strict=True))
            shown = picture.crop(tuple(corners))
            size = min(WIDTH, shown.width), round(shown.height * min(1, WIDTH / shown.width))
            shown.convert("RGB").resize(size, Image.Resampling.LANCZOS).save(
                Path(documents, f"{name}.jpg"), quality=QUALITY, optimize=True
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
