# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of a performance's keys, computed from its arrays. No bpy, so that it can run beside the window."""

from dataclasses import dataclass

import numpy as np

from .performance import Performance, PerformanceError

RIDGE = 1e-3  # of a weight's mean square: what the clip hardly shows is left still, not guessed
FAINT = 1e-7  # of the largest: what rounding leaves
SAMPLE_FRAMES, SAMPLE_VERTICES = 500, 6000  # errors are measured at so many at most, spread evenly


@dataclass(frozen=True)
class ShapeKeys:
    """K shape keys and what they do in F frames.

    rest: (N, 3) f4, canonical millimetres, the shape while all values are 0; names: K; offsets: (K, N, 3) f4,
    millimetres from it; values: (F, K) f4, within [lowest, 1]; error_mm: the largest distance that they leave at a
    vertex.
    """

    rest: np.ndarray
    names: tuple[str, ...]
    offsets: np.ndarray
    values: np.ndarray
    lowest: float
    error_mm: float


def compact_shapes(performance: Performance, keys: int) -> ShapeKeys:
    """The `keys` shapes that hold the most of the motion (principal components of weights @ basis)."""
    basis = performance.basis.reshape(len(performance.basis), -1)
    gram = basis @ basis.T
    energy, axes = np.linalg.eigh(gram.astype(np.float64))
    kept = energy > FAINT * max(energy.max(initial=0), 1)
    length = np.sqrt(energy[kept])
    _, spread, turn = np.linalg.svd(performance.weights @ (axes[:, kept] * length), full_matrices=False)
    keys = min(keys, int((spread > FAINT * max(spread.max(initial=0), 1)).sum()))
    from_basis = turn @ (axes[:, kept] / length).T  # (rank, K): an orthonormal basis of the motion
    to_values = axes[:, kept] * length @ turn.T
    values = performance.weights @ to_values[:, :keys]
    reach = np.maximum(np.abs(values).max(0), 1e-12)  # sliders end at 1
    offsets = np.tensordot((from_basis[:keys] * reach[:, None]).astype(np.float32), performance.basis, 1)
    return ShapeKeys(
        rest=performance.neutral,
        names=tuple(f"motion {number:02}" for number in range(1, keys + 1)),
        offsets=offsets.astype(np.float32),
        values=(values / reach).astype(np.float32),
        lowest=-1.0,
        error_mm=performance.error_mm + _left(performance, performance.neutral, offsets, values / reach),
    )


def frame_shapes(performance: Performance, limit: int) -> ShapeKeys:
    """One shape per frame, exact. Raises PerformanceError beyond `limit` frames."""
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
    """The 52 ARKit blendshapes of this head: the face model's where the worker found it, else fitted to the clip.

    The fit is ridge-regularised least squares over all frames: rest + arkit @ offsets = neutral + weights @ basis.
    A key that the clip does not move stays without effect. The rest shape is free of what the weights say of the clip's
    typical expression, which `neutral` bears. Raises PerformanceError where there are no weights.
    """
    if not performance.arkit_names:
        raise PerformanceError("the model of this performance tells no ARKit weights; choose another model, or Compact")
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
    error = performance.error_mm + _left(performance, rest, offsets, values)
    return ShapeKeys(rest, performance.arkit_names, offsets, values, 0.0, error)


def megabytes(keys: int, vertices: int) -> float:
    """What so many shape keys take in memory and in the blend file."""
    return keys * vertices * 12 / 1e6


def _left(performance: Performance, rest: np.ndarray, offsets: np.ndarray, values: np.ndarray) -> float:
    """The largest distance in millimetres between the performance and rest + values (F, K) @ offsets (K, N, 3)."""
    frames = slice(None, None, -(-len(values) // SAMPLE_FRAMES))
    vertices = slice(None, None, -(-len(rest) // SAMPLE_VERTICES))
    wanted = performance.neutral[vertices] + np.tensordot(
        performance.weights[frames], performance.basis[:, vertices], 1
    )
    got = rest[vertices] + np.tensordot(values[frames].astype(np.float32), offsets[:, vertices].astype(np.float32), 1)
    return float(np.sqrt(((wanted - got) ** 2).sum(2)).max(initial=0))
