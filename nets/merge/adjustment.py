# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape, the poses, the expressions and the lenses that explain best what several photos of a person show.

A network draws every face to the mean face by the same amount, so that its answers for several photos leave that error
whatever their number. The photos themselves hold the shape: here it is found by comparing them with each other
(nets/merge/sightings.py) and by a robust maximum a posteriori estimate over all unknowns at once, Gauss-Newton with
iteratively reweighted residuals. The prior is the merged head; what the photos cannot tell stays there.

Measured on four scanned heads at 60 cm, lens known: the mean face is 1.19 mm from the scan, the merged head of three
photos 1.12, the adjusted one 0.41. The strength of the prior was chosen on the same scans and on 12 synthetic people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.merge.normal_equations import NormalEquations, ViewPart
from nets.merge.shape_space import ShapeSpace
from nets.merge.sightings import Comparison, Photo, Sightings
from nets.merge.view_camera import POSE_SIZE, ViewCamera

ROUNDS, STEPS = 4, 2  # of comparing the photos, and of Gauss-Newton after each
IDENTITY_SPREAD = 0.8  # standard deviation of the codes around those of the merged head
STILL = 0.3  # root mean square of expression codes that a network sees in a face at rest
EXPRESSION_SPREAD = 0.05, 1.0  # standard deviation of the expression codes of a face at rest, and of a lively one
SHARPEST = 0.25, 1.0  # millimetres, the least standard deviation of sightings of a face at rest, and of a lively one
NOISE = 2.0  # standard deviation of sightings over their median residual: neighbours share their errors
LOOSE, TIGHT = 8.0, 2.0  # median residuals from which others lose weight in the first round, and in the last
UNKNOWN = 2.0  # millimetres, the median residual that is assumed of a view of which nothing is seen
LENS_SPREAD = 0.4  # standard deviation of the logarithm of an estimated focal length
FIXED = 1e-4  # the same of a known one
TRIES = 6  # steps with which a lens is tried that a file tells
LENS_STEP = 0.5  # by which the logarithm of a focal length moves in one step at most
CONTRADICTED = 0.25, 4.0  # of that logarithm, and of its standard deviations, by which the photos contradict a file
COUNTED = 0.2  # weight from which a sighting counts in statistics


@dataclass(frozen=True)
class View:
    """One photo at the start.

    expression: (K,), the network's codes
    lens: number of the photo's lens, from 0: photos of one camera have the same; lens_known: whether it stays
    lens_doubtful: whether a known lens is given up if the photos contradict it, as those of files are
    """

    photo: Photo
    camera: ViewCamera
    expression: np.ndarray
    lens: int
    lens_known: bool
    lens_doubtful: bool = False


@dataclass(frozen=True)
class Adjustment:
    """The estimate.

    identity: (64, 64, 3), offset of the person at rest from the mean face; expressions: (V, 64, 64, 3), what each
        photo's expression adds; canonical millimetres
    cameras: of each photo
    misfit, misfit_before: (V,), median distances in millimetres at the head between where photos show the same points
        and where the shape has them; before: with the shape of the start
    seen: (V,), share of the face's nodes that each photo shows together with another
    spread: (64, 64), expected error of each texel, millimetres
    contradicted: numbers of the doubtful lenses that the photos contradict, and the focal lengths that fit better,
        pixels
    """

    identity: np.ndarray
    expressions: np.ndarray
    cameras: tuple[ViewCamera, ...]
    misfit: np.ndarray
    misfit_before: np.ndarray
    seen: np.ndarray
    spread: np.ndarray
    contradicted: dict[int, float]


@dataclass(frozen=True)
class _State:
    """identity: (64, 64, 3), the start's; codes: (K,); rest: (M, 3); expressions: (V, K); the codes are added to it."""

    identity: np.ndarray
    codes: np.ndarray
    rest: np.ndarray
    expressions: np.ndarray
    cameras: tuple[ViewCamera, ...]


class Adjuster:
    """Adjusts the head of several photos."""

    def __init__(self, coarse: CoarseShape, basis: np.ndarray):
        """basis: (K, 64, 64, 3), see ShapeSpace."""
        self.coarse, self.space = coarse, ShapeSpace(coarse, basis)
        self.comparison = Comparison(coarse.layout, self.space.rows, self.space.columns)
        self._mean = self.space.at_nodes(coarse.mean).astype(np.float64)

    def adjust(self, identity: np.ndarray, views: list[View]) -> Iterator[float | Adjustment]:
        """Yield the share that is done, and the adjustment at the end.

        identity: (64, 64, 3), the merged head's offset from the mean face
        """
        liveliness = [_liveliness(view.expression) for view in views]
        expected = np.stack([view.expression * lively for view, lively in zip(views, liveliness, strict=True)])
        problem = _Problem(views, expected, np.array(liveliness), self.space)
        rest = np.zeros((self.space.spline.shape[1], 3))
        codes = np.zeros(self.space.identity.shape[2])
        state = _State(identity, codes, rest, expected, tuple(view.camera for view in views))
        for number in range(ROUNDS):
            yield number / ROUNDS
            sightings = self._look(state, views)
            looseness = max(LOOSE / 2**number, TIGHT)
            if number == 0:
                for _ in range(STEPS):
                    state, _ = self._step(problem, state, sightings, looseness, shape_moves=False)
                before = self._medians(state, sightings)
            for _ in range(STEPS):
                state, precision = self._step(problem, state, sightings, looseness)
        shared = len(precision) - len(problem.focal)
        covariance = np.linalg.inv(precision)[:shared, :shared]
        yield Adjustment(
            self._identity(state),
            np.stack([self.space.expression_offset(each) for each in state.expressions]),
            state.cameras,
            self._medians(state, sightings),
            before,
            (sightings.weights > COUNTED).mean(1),
            self.space.spread(covariance),
            self._contradicted(problem, state, sightings),
        )

    def _contradicted(self, problem: _Problem, state: _State, sightings: Sightings) -> dict[int, float]:
        """Return the lenses that files tell and the photos contradict, see Adjustment."""
        doubtful = {view.lens for view in problem.views if view.lens_doubtful}
        if not doubtful:
            return {}
        views = [replace(view, lens_known=view.lens_known and not view.lens_doubtful) for view in problem.views]
        freed = problem.of(views)
        for _ in range(TRIES):
            state, precision = self._step(freed, state, sightings, TIGHT)
        spread = np.sqrt(np.diag(np.linalg.inv(precision))[-len(freed.focal) :])
        found = freed.lenses(state)
        off = np.abs(found - freed.focal)
        least, deviations = CONTRADICTED
        return {
            lens: float(np.exp(found[lens])) for lens in doubtful if off[lens] > max(least, deviations * spread[lens])
        }

    def _identity(self, state: _State) -> np.ndarray:
        return state.identity + self.space.identity_offset(state.codes, state.rest)

    def _look(self, state: _State, views: list[View]) -> Sightings:
        """Compare the photos through the present state."""
        identity = self._identity(state)
        maps, facing = [], []
        for camera, codes in zip(state.cameras, state.expressions, strict=True):
            shape = self.coarse.shape(identity + self.space.expression_offset(codes))
            maps.append(camera.pose().apply(shape).astype(np.float32))
            towards = -camera.rotation.T @ camera.place
            facing.append(towards / np.linalg.norm(towards))
        return self.comparison.sightings([view.photo for view in views], maps, np.stack(facing))

    def _points(self, state: _State) -> np.ndarray:
        """Return the nodes as each photo shows them, (V, N, 3)."""
        space = self.space
        rest = self._mean + space.at_nodes(state.identity) + space.identity @ state.codes + space.spline @ state.rest
        return np.stack([rest + space.expression @ codes for codes in state.expressions])

    def _residuals(self, state: _State, sightings: Sightings) -> list[np.ndarray]:
        """Return what is left to explain, (N, 2) for each view, millimetres at the head's scale."""
        parts = zip(state.cameras, self._points(state), sightings.places, strict=True)
        return [(places - camera.project(points)) / camera.scale for camera, points, places in parts]

    def _medians(self, state: _State, sightings: Sightings) -> np.ndarray:
        parts = zip(self._residuals(state, sightings), sightings.weights, strict=True)
        return np.array([_median(residual, weights) for residual, weights in parts])

    def _step(
        self, problem: _Problem, state: _State, sightings: Sightings, looseness: float, shape_moves: bool = True
    ) -> tuple[_State, np.ndarray]:
        """Return the state after a step of Gauss-Newton, and the precision of the shared unknowns."""
        space, lenses = self.space, len(problem.focal)
        equations = NormalEquations(space, *problem.shared(state), shape_moves)
        parts = zip(state.cameras, self._points(state), self._residuals(state, sightings), strict=True)
        for number, (camera, points, residual) in enumerate(parts):
            weights = sightings.weights[number]
            median = _median(residual, weights)
            noise = max(problem.sharpest[number], NOISE * median)
            robust = weights / (1 + (residual**2).sum(1) / (looseness * median) ** 2) / noise**2
            with_points, with_pose, with_focal = camera.derivatives(points)
            own = np.concatenate([with_points @ space.expression, with_pose], 2)
            group, prior = problem.views[number].lens, problem.precision[number]
            pull = problem.pull(number, state)
            equations.add(ViewPart(residual, robust, with_points, own, with_focal, group, prior, pull))
        shared, own, precision = equations.solve()
        codes = space.identity.shape[2]
        rest = shared[codes : len(shared) - lenses].reshape(3, -1).T
        focal = np.clip(shared[len(shared) - lenses :], -LENS_STEP, LENS_STEP)
        cameras = tuple(
            camera.moved(step[-POSE_SIZE:], focal[view.lens])
            for camera, step, view in zip(state.cameras, own, problem.views, strict=True)
        )
        expressions = state.expressions + np.stack([step[:-POSE_SIZE] for step in own])
        moved = replace(state, codes=state.codes + shared[:codes], rest=state.rest + rest)
        return replace(moved, expressions=expressions, cameras=cameras), precision


class _Problem:
    """The priors of one adjustment.

    focal: (L,), logarithms of the focal lengths at the start; prior: (S, S), precision of the shared unknowns
    precision: (V, P), of each view's own; sharpest: (V,), see SHARPEST
    """

    def __init__(self, views: list[View], expected: np.ndarray, liveliness: np.ndarray, space: ShapeSpace):
        self.views, self._expected, self._liveliness, self._space = views, expected, liveliness, space
        lenses = 1 + max(view.lens for view in views)
        self.focal = np.zeros(lenses)
        spread = np.full(lenses, LENS_SPREAD)
        for view in views:
            self.focal[view.lens] = np.log(view.camera.focal)
            if view.lens_known:
                spread[view.lens] = FIXED
        codes, count = space.identity.shape[2], space.spline.shape[1]
        self.prior = np.zeros((codes + 3 * count + lenses,) * 2)
        np.fill_diagonal(self.prior[:codes, :codes], IDENTITY_SPREAD**-2)
        for axis in range(3):
            part = slice(codes + axis * count, codes + (axis + 1) * count)
            self.prior[part, part] = space.stiffness
        np.fill_diagonal(self.prior[-lenses:, -lenses:], spread**-2)
        spread, self.sharpest = (
            still + (lively - still) * liveliness for still, lively in (EXPRESSION_SPREAD, SHARPEST)
        )
        self.precision = np.full((len(views), expected.shape[1] + POSE_SIZE), 1e-6)
        self.precision[:, :-POSE_SIZE] = spread[:, None] ** -2

    def shared(self, state: _State) -> tuple[np.ndarray, np.ndarray]:
        """Return precision and gradient of the prior of the shared unknowns."""
        values = np.concatenate([state.codes, state.rest.T.ravel(), self.lenses(state) - self.focal])
        return self.prior, -self.prior @ values

    def lenses(self, state: _State) -> np.ndarray:
        """Return the logarithms (L,) of the focal lengths."""
        lenses = np.empty(len(self.focal))
        for view, camera in zip(self.views, state.cameras, strict=True):
            lenses[view.lens] = np.log(camera.focal)
        return lenses

    def of(self, views: list[View]) -> _Problem:
        """Return the problem of the same views, of whose lenses others are known."""
        return _Problem(views, self._expected, self._liveliness, self._space)

    def pull(self, number: int, state: _State) -> np.ndarray:
        """Return the gradient of the prior of one view's own unknowns."""
        away = state.expressions[number] - self._expected[number]
        return -self.precision[number] * np.append(away, np.zeros(POSE_SIZE))


def _liveliness(codes: np.ndarray) -> float:
    """Return how far expression codes are to be believed, in [0, 1] (James-Stein: shrinkage by their size)."""
    return float(max(0.0, 1 - STILL**2 / max(float((codes**2).mean()), 1e-9)))


def _median(residual: np.ndarray, weights: np.ndarray) -> float:
    counted = weights > COUNTED
    return float(np.median(np.linalg.norm(residual[counted], axis=1))) if counted.any() else UNKNOWN
