# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the demo's photo: NASA's portrait of Eileen Collins, public domain, which ships with scikit-image."""

import sys
from pathlib import Path

from PIL import Image
from skimage.data import astronaut


def main(path: str):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(astronaut()).save(path)


if __name__ == "__main__":
    main(*sys.argv[1:])
