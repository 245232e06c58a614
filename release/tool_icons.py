# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the icons of the tools as Blender's toolbars take them: `python -m release.tool_icons` writes them all.

A file holds coloured triangles: "VCO" and a zero byte, the size and two zero bytes, then x, y of all corners and RGBA
of all corners, a byte each, y up (Blender's doc of bpy.app.icons.new_triangles_from_file).
"""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "blender_prnet/icons"
GREY, BLUE = (220, 220, 220, 255), (87, 166, 255, 255)
FACE = (128, 128), (62, 84)  # middle and half axes of its outline, of 255


def ring(middle, axes, width, colour, corners=32):
    """Return the triangles of an ellipse's outline: (2 corners, 3, 2), and their colours."""
    along = np.linspace(0, 2 * np.pi, corners + 1)
    circle = np.stack([np.cos(along), np.sin(along)], 1)
    outer, inner = (middle + circle * (np.array(axes) + side * width / 2) for side in (1, -1))
    first = np.stack([outer[:-1], outer[1:], inner[:-1]], 1)
    second = np.stack([inner[:-1], outer[1:], inner[1:]], 1)
    return np.concatenate([first, second]), colour


def disc(middle, radius, colour, corners=20):
    """Return the triangles of a disc."""
    return ring(middle, (radius / 2, radius / 2), radius, colour, corners)


def bar(low, high, colour):
    """Return the triangles of an upright rectangle."""
    (left, bottom), (right, top) = low, high
    corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top)], float)
    return corners[[[0, 1, 2], [0, 2, 3]]], colour


def corner(x, y, length, width, colour):
    """Return the two bars of a box's corner at x, y, which reach towards the middle of the icon."""
    inwards = np.sign(128 - np.array([x, y]))
    arms = [(length, width), (width, length)]
    ends = [np.sort([[x, y], np.array([x, y]) + inwards * arm], 0) for arm in arms]
    return [bar(*end, colour) for end in ends]


def pin_landmarks():
    eyes = [disc((104, 145), 10, GREY), disc((152, 145), 10, GREY)]
    pin = [bar((122, 20), (134, 90), BLUE), disc((128, 96), 26, BLUE)]
    return [ring(*FACE, 14, GREY), *eyes, *pin]


def face_box():
    corners = [part for x in (22, 234) for y in (22, 234) for part in corner(x, y, 62, 16, BLUE)]
    eyes = [disc((106, 145), 10, GREY), disc((150, 145), 10, GREY)]
    return [ring(FACE[0], (52, 70), 14, GREY), *eyes, *corners]


ICONS = {"pin_landmarks": pin_landmarks, "face_box": face_box}


def encode(shapes) -> bytes:
    """Return the file of an icon. shapes: (triangles (K, 3, 2), RGBA) from the back to the front."""
    places = np.concatenate([triangles for triangles, _ in shapes])
    colours = np.concatenate([np.broadcast_to(np.uint8(colour), (3 * len(part), 4)) for part, colour in shapes])
    corners = np.uint8(np.clip(np.rint(places), 0, 255))
    return b"VCO\0" + bytes((255, 255, 0, 0)) + corners.tobytes() + colours.tobytes()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, draw in ICONS.items():
        (FOLDER / f"{name}.dat").write_bytes(encode(draw()))


if __name__ == "__main__":
    main()
