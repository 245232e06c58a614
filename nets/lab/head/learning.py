# SPDX-License-Identifier: GPL-3.0-or-later
"""What people and expressions do to the head: linear shapes, learned from those of the generator's people."""

from __future__ import annotations

import numpy as np

from nets.topology.face_model import LEFT_EYEBALL, RIGHT_EYEBALL, TEETH, FaceModel, eyeball_centre

MOVED_BY_JAW = 5.0  # millimetres by which jawOpen moves the teeth of the lower jaw
IDENTITY_ERROR = 0.3  # millimetres, root mean square over people and vertices, that the kept components may leave


def jaw_of_teeth(model: FaceModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the face model's vertices of upper and lower teeth, told apart by what jawOpen moves."""
    opened = model.expression[list(model.expression_names).index("jawOpen"), TEETH]
    low = np.linalg.norm(opened, axis=1) > MOVED_BY_JAW
    numbers = np.arange(TEETH.start, TEETH.stop)
    return numbers[~low], numbers[low]


def carried(shapes: np.ndarray, model: FaceModel, carriers: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return how points (N, 3) move with shapes (B, V, 3) of the face model: by the affine motions nearest to those of
    the carriers, vertices (M,). A jaw's teeth move together, whatever their shape."""
    middle = model.neutral[carriers].mean(0)

    def affine(places: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ones((len(places), 1)), (places - middle) / 30], 1)

    base = affine(model.neutral[carriers]).astype(np.float64)
    weights = affine(points) @ np.linalg.solve(base.T @ base + 1e-3 * np.eye(4), base.T)
    return np.einsum("nm,bmc->bnc", weights, shapes[:, carriers].astype(np.float64))


def eye_moves(shapes: np.ndarray, model: FaceModel, left: bool, unit: np.ndarray) -> np.ndarray:
    """Return how an eye's vertices, unit (N, 3) in radii from its centre, move with shapes (B, V, 3): as its eyeball
    in the face model moves as a whole and grows."""
    eyeball = LEFT_EYEBALL if left else RIGHT_EYEBALL
    centre, radius = eye_place(model, left)
    own = model.neutral[eyeball] - centre
    moves = []
    for shape in shapes.astype(np.float64):
        shift = eyeball_centre(model.neutral + shape, eyeball) - centre
        growth = (own * (shape[eyeball] - shift)).sum() / (own**2).sum()
        moves.append(shift + growth * radius * unit)
    return np.array(moves)


def eye_place(model: FaceModel, left: bool) -> tuple[np.ndarray, float]:
    """Return centre (3,) and radius of an eyeball of the mean head, millimetres."""
    eyeball = LEFT_EYEBALL if left else RIGHT_EYEBALL
    return eyeball_centre(model.neutral, eyeball).astype(np.float64), float(np.ptp(model.neutral[eyeball, 0]) / 2)


def principal_components(modes: np.ndarray) -> np.ndarray:
    """Return the fewest orthogonal components (K, V, 3), each scaled to one standard deviation, that hold people drawn
    from modes (M, V, 3) with weights N(0, 1) to IDENTITY_ERROR."""
    flat = modes.reshape(len(modes), -1)
    values, vectors = np.linalg.eigh(flat @ flat.T)
    values, vectors = values[::-1].clip(0), vectors[:, ::-1]
    left_out = np.sqrt((values.sum() - np.cumsum(values)).clip(0) / (flat.shape[1] / 3))
    count = int(np.argmax(left_out <= IDENTITY_ERROR)) + 1
    return (vectors[:, :count].T @ flat).reshape(count, *modes.shape[1:])
