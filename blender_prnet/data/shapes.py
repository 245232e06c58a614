# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape keys of a performance, computed from its arrays."""

from dataclasses import dataclass

import numpy as np

from .performance import Performance, PerformanceError

NO_WEIGHTS = "the model of this performance gives no ARKit weights; choose another model, or Compact"
RIDGE = 1e-3  # part of the mean square of a weight: a blendshape that the clip hardly shows is not guessed
ROUNDING = 1e-7  # part of the largest value below which a value is a rounding error
SAMPLE_FRAMES, SAMPLE_VERTICES = 500, 6000  # errors are measured at no more than these, evenly spaced


@dataclass(frozen=True)
class ShapeKeys:
    """K shape keys and their values in F frames.

    rest: (N, 3) float32, canonical space, millimetres, the shape while all values are 0
    names: of the K keys
    offsets: (K, N, 3) float32, millimetres from `rest`
    values: (F, K) float32, lowest to 1
    error_mm: the largest distance of a vertex from the performance, millimetres
    """

    rest: np.ndarray
    names: tuple[str, ...]
    offsets: np.ndarray
    values: np.ndarray
    lowest: float
    error_mm: float


def compact_shapes(performance: Performance, keys: int) -> ShapeKeys:
    """Return the `keys` shape keys that hold the most of the motion: principal components of weights @ basis."""
    basis = performance.basis.reshape(len(performance.basis), -1)
    gram = basis @ basis.T
    energy, axes = np.linalg.eigh(gram.astype(np.float64))
    kept = energy > ROUNDING * max(energy.max(initial=0), 1)
    length = np.sqrt(energy[kept])
    _, singular_values, turn = np.linalg.svd(performance.weights @ (axes[:, kept] * length), full_matrices=False)
    keys = min(keys, int((singular_values > ROUNDING * max(singular_values.max(initial=0), 1)).sum()))
    from_basis = turn @ (axes[:, kept] / length).T  # (rank, K): an orthonormal basis of the motion
    to_values = axes[:, kept] * length @ turn.T
    values = performance.weights @ to_values[:, :keys]
    largest = np.maximum(np.abs(values).max(0), 1e-12)  # values are scaled by it, since sliders end at 1
    offsets = np.tensordot((from_basis[:keys] * largest[:, None]).astype(np.float32), performance.basis, 1)
    return ShapeKeys(
        rest=performance.neutral,
        names=tuple(f"motion {number:02}" for number in range(1, keys + 1)),
        offsets=offsets.astype(np.float32),
        values=(values / largest).astype(np.float32),
        lowest=-1.0,
        error_mm=performance.error_mm + _largest_error(performance, performance.neutral, offsets, values / largest),
    )


def frame_shapes(performance: Performance, limit: int) -> ShapeKeys:
    """Return one shape key per frame, which is exact. Raises PerformanceError if there are more than `limit` frames."""
    frames = len(performance.frame)
    if frames > limit:
        raise PerformanceError(
            f"{frames} frames are more than the limit of {limit} for a key per frame, which would need "
            f"{megabytes(frames, len(performance.neutral)):,.0f} MB. Raise the limit or choose another result"
        )
    return ShapeKeys(
        rest=performance.neutral,
        names=tuple(f"frame {number:05}" for number in performance.frame),
        offsets=np.tensordot(performance.weights, performance.basis, 1).astype(np.float32, copy=False),
        values=np.eye(frames, dtype=np.float32),
        lowest=0.0,
        error_mm=performance.error_mm,
    )


def arkit_shapes(performance: Performance) -> ShapeKeys:
    """Return the 52 ARKit blendshapes of this head, those of the face model if the worker has it, else fitted ones.

    The fit is ridge-regularised least squares over all frames: rest + arkit @ offsets = neutral + weights @ basis. A
    blendshape that the clip does not show has no effect. `neutral` contains the clip's typical expression; `rest` does
    not. Raises PerformanceError if the performance has no ARKit weights.
    """
    if not performance.arkit_names:
        raise PerformanceError(NO_WEIGHTS)
    values = np.clip(performance.arkit, 0, 1).astype(np.float32)
    if performance.arkit_shapes is not None:
        offsets = performance.arkit_shapes
    else:
        moved = values - values.mean(0)
        normal = moved.T @ moved / len(moved)
        ridge = RIDGE * max(float(np.trace(normal)) / len(normal), 1e-9)
        solution = np.linalg.solve(normal + ridge * np.eye(len(normal)), moved.T @ performance.weights / len(moved))
        offsets = np.tensordot(solution.astype(np.float32), performance.basis, 1)
    typical = np.tensordot(performance.weights.mean(0), performance.basis, 1)
    rest = performance.neutral + typical - np.tensordot(values.mean(0), offsets, 1)
    error = performance.error_mm + _largest_error(performance, rest, offsets, values)
    return ShapeKeys(rest, performance.arkit_names, offsets, values, 0.0, error)


def megabytes(keys: int, vertices: int) -> float:
    """Return the size of shape keys in memory and in the .blend file."""
    return keys * vertices * 12 / 1e6


def _largest_error(performance: Performance, rest: np.ndarray, offsets: np.ndarray, values: np.ndarray) -> float:
    """Return the largest distance in millimetres of a vertex from the performance.

    rest: (N, 3), offsets: (K, N, 3), values: (F, K), as in ShapeKeys
    """
    frames = slice(None, None, -(-len(values) // SAMPLE_FRAMES))
    vertices = slice(None, None, -(-len(rest) // SAMPLE_VERTICES))
    wanted = performance.neutral[vertices] + np.tensordot(
        performance.weights[frames], performance.basis[:, vertices], 1
    )
    got = rest[vertices] + np.tensordot(values[frames].astype(np.float32), offsets[:, vertices].astype(np.float32), 1)
    return float(np.sqrt(((wanted - got) ** 2).sum(2)).max(initial=0))
