# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by the worker's Python: writes the photos that the tests capture to the folder given."""

import sys
from pathlib import Path

import cv2
import numpy as np
from skimage import data

folder = Path(sys.argv[1])


def save(name, rgb):
    encoded = cv2.imencode(".png", rgb[..., ::-1])[1].tobytes()
    (folder / name).write_bytes(encoded)


portrait = data.astronaut()
save("portrait.png", portrait)
save("wide.png", np.hstack([portrait, portrait[:, ::-1]]))  # two faces, wider than high
save("sky.png", np.full((300, 400, 3), (90, 140, 220), np.uint8))
(folder / "broken.png").write_bytes(b"this is no picture")

person = folder / "person"  # two photos of her
person.mkdir()
turned = cv2.warpAffine(portrait, cv2.getRotationMatrix2D((224, 120), 12, 1.4), (640, 512))
save("person/front.png", portrait)
save("person/turned.png", turned)
