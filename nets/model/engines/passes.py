# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that correct estimates: how often they run, and how an estimate goes on from frame to frame.

It needs no PyTorch: what the numbers of a code mean is told by nets/model/networks/composition.py.
"""

import numpy as np

from nets.geometry.crop import Crop
from nets.model.networks.shape_codes import EXPRESSION_SIZE, IDENTITY_SIZE, POSE_SIZE

PASSES = 3  # over a photo: more change nothing that can be measured
FAST_PASSES = 2  # enough to see whether a face is there
CODE_SIZE = POSE_SIZE + IDENTITY_SIZE + EXPRESSION_SIZE  # pose, then shape
CODE, NEW_CODE = "start", "code"  # the graph's input and output
ROWS, LOG_SCALE, SHIFT = slice(0, 6), 6, slice(7, 9)  # of a code: two rows of the rotation, less those of no rotation
UNTURNED = np.array([[1.0, 0, 0], [0, 1, 0]])


def carried_over(code: np.ndarray, before: Crop, after: Crop) -> np.ndarray:
    """Return the code (C,) float32, in the crop `after`, of the face that a code (C,) stands for in the crop `before`.

    Both crops are of the same picture.
    """
    turn, side = before.roll - after.roll, (before.scale * before.size, after.scale * after.size)
    cos, sin = np.cos(turn), np.sin(turn)
    image_turn = np.array([[cos, -sin], [sin, cos]])  # y down
    carried = code.astype(np.float64)
    carried[ROWS] = (image_turn.T @ orthonormal(code[ROWS].reshape(2, 3) + UNTURNED) - UNTURNED).ravel()  # y up
    carried[LOG_SCALE] += np.log(side[0] / side[1])
    middle = np.subtract(before.centre, after.centre) * 2 / side[1]
    back = np.array([[np.cos(after.roll), np.sin(after.roll)], [-np.sin(after.roll), np.cos(after.roll)]])
    carried[SHIFT] = back @ middle + side[0] / side[1] * image_turn @ code[SHIFT]
    return carried.astype(np.float32)


def orthonormal(rows: np.ndarray) -> np.ndarray:
    """Return the rows (2, 3) of the rotation that a code's rows stand for (Zhou et al., CVPR 2019, section 4.2)."""
    x = rows[0] / np.linalg.norm(rows[0])
    y = rows[1] - (x @ rows[1]) * x
    return np.stack([x, y / np.linalg.norm(y)])
