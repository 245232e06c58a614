# SPDX-License-Identifier: GPL-3.0-or-later
"""Fitting of a whole head to a captured face."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.similarity import Similarity, fit_similarity
from nets.geometry.spline import Deformation, farthest_points
from nets.topology.arkit import (
    EYE_LOOK_COLUMNS,
    NAMES,
    blendshape_name,
    bounded_least_squares,
    look_weights,
    rigid_motions,
)
from nets.topology.head_model import HeadModel
from nets.topology.lids import close_lids, lid_opening, push_lids_off_eyes
from nets.topology.rigid_parts import eye_look_offsets, keep_rigid
from nets.topology.surface import CapturedSurface

# In mm² of the mean squared distance over the face:
IDENTITY_COST = 0.01  # of the square of a mode's weight
COST = 0.08  # of a blendshape's weight, so that few of them explain a face
BLINK_COST = 0.02  # of a blink's weight: blinks move little of the face, but are seldom fitted by mistake
ROUNDS = 3  # of fitting pose and shape in turn
SWEEPS = 60
SIMILARITY = 7  # the first of nets.topology.arkit.rigid_motions: shifts, rotations and scaling
CONTROL_POINTS = 900
LID_ROUNDS = 2  # of putting the lids right: what changes a shape changes the head at rest
TOLERANCE = 0.3  # millimetres by which the spline may miss a control point of mean weight


@dataclass(frozen=True)
class FittedHead:
    """A person on a head model's mesh, canonical millimetres.

    rest: (V, 3) float32, the head without expression
    names: B of Apple's blendshapes
    shapes: (B, V, 3) float32, how far each blendshape moves the vertices at weight 1
    weights: (B,) float32, the photo's expression, with which the face lies on the captured surface
    """

    rest: np.ndarray
    names: tuple[str, ...]
    shapes: np.ndarray
    weights: np.ndarray

    @property
    def captured(self) -> np.ndarray:
        """The head as the photo shows it, (V, 3) float32."""
        return self.rest + np.tensordot(self.weights, self.shapes, 1)

    def still(self) -> FittedHead:
        """Return the head as the photo shows it, without blendshapes."""
        return FittedHead(self.captured, (), self.shapes[:0], self.weights[:0])


class HeadFitter:
    """Fits a head model to any number of captured faces."""

    def __init__(self, model: HeadModel):
        self.model = model
        shapes = np.zeros((len(NAMES), *model.neutral.shape), np.float32)
        for name, moved in zip(model.expression_names, model.expression, strict=True):
            shapes[NAMES.index(blendshape_name(name))] += moved
        self.shapes = shapes

    def fit(self, surface: CapturedSurface, gaze: np.ndarray, expression: np.ndarray | None = None) -> FittedHead:
        """Fit a head to a captured surface.

        Pose, identity and expression are fitted by regularised least squares; a spline then deforms the face to the
        captured surface. At the end the expression is removed again, by the same weights.

        gaze: (2, 2), see nets.model.engines.Prediction; empty if it is not known
        expression: (52,), weights of NAMES if they are known; None: they are fitted
        """
        known = np.flatnonzero(surface.weights)
        points, weights = surface.points[known], surface.weights[known] / surface.weights.sum()
        root_weights = np.sqrt(weights)[:, None]

        def weighted(values: np.ndarray) -> np.ndarray:
            return (values[..., known, :] * root_weights).reshape(*values.shape[:-2], -1)

        motions = np.linalg.qr(weighted(rigid_motions(self.model.neutral)[:SIMILARITY]).T)[0]

        def unposed(values: np.ndarray) -> np.ndarray:
            """Return the weighted part of vertex offsets (..., V, 3) that no similarity of the head explains."""
            flat = weighted(values)
            return flat - (flat @ motions) @ motions.T

        identity, shown = unposed(self.model.identity), unposed(self.shapes)
        inverse = np.linalg.inv(identity @ identity.T + IDENTITY_COST * np.eye(len(identity)))
        unexplained = shown - (shown @ identity.T) @ inverse @ identity  # by any identity
        gram = (unexplained @ shown.T).astype(np.float64)
        costs = np.where(["Blink" in name for name in NAMES], BLINK_COST, COST)
        prior, head = np.zeros((1, len(NAMES))), self.model.neutral
        looks = look_weights(gaze[None])
        prior[:, EYE_LOOK_COLUMNS[: looks.shape[1]]] = looks
        solved = prior if expression is None else expression[None]
        for _ in range(ROUNDS):
            pose = fit_similarity(head[known], points, weights)
            target = np.zeros_like(self.model.neutral)
            target[known] = pose.undo(points)
            moved = unposed(target - self.model.neutral)
            if expression is None:
                solved = bounded_least_squares(gram, (unexplained @ moved)[None], solved, prior, costs, SWEEPS)
            modes = inverse @ (identity @ (moved - solved[0] @ shown))
            head = self.model.neutral + np.tensordot(modes.astype(np.float32), self.model.identity, 1)
            head += np.tensordot(solved[0].astype(np.float32), self.shapes, 1)

        control = farthest_points(head[known], CONTROL_POINTS)
        tolerance = TOLERANCE * weights.mean() / weights[control]
        deformation = Deformation(head[known][control], target[known][control] - head[known][control], tolerance)
        deformed = keep_rigid(self.model, head, head + deformation(head))

        captured = pose.apply(deformed)
        shapes = self._turned(pose)
        for name, (eyeball, moved) in eye_look_offsets(self.model, captured).items():
            shapes[NAMES.index(name), eyeball] = moved
        used = np.flatnonzero(np.abs(shapes).max((1, 2)))
        names, weights = tuple(NAMES[k] for k in used), solved[0, used].astype(np.float32)
        shapes = shapes[used].astype(np.float32)

        for side in self.model.lids:
            blink, rest = names.index(f"eyeBlink{side}"), captured - np.tensordot(weights, shapes, 1)
            average = pose.scale * lid_opening(self.model, self.model.neutral, side)
            wider = lid_opening(self.model, rest, side) / average
            shapes[blink] *= wider
            if expression is None:
                weights[blink] = min(weights[blink] / wider, 1)

        def at_rest() -> np.ndarray:
            rest = captured - np.tensordot(weights, shapes, 1)
            for eyeball in self.model.eyes.values():
                rest[eyeball] = captured[eyeball]  # the model's eyes look ahead, whatever the expression
            return rest.astype(np.float32)

        eyes = [k for k, name in enumerate(names) if name.startswith("eye")]
        for k in eyes * LID_ROUNDS:
            rest = at_rest()
            shapes[k] = self._clear_of_eyes(names[k], rest, shapes[k])
        return FittedHead(at_rest(), names, shapes, weights)

    def shapes_of(self, rest: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        """Return names and shapes (B, V, 3), as in FittedHead, of a head (V, 3) at rest, canonical millimetres.

        The model's blendshapes are turned and scaled as the head is; eyes turn about its own eyeballs, and its own lids
        close. Whoever has changed the head since it was fitted gets shapes that fit it again.
        """
        pose = fit_similarity(self.model.neutral, rest, np.ones(len(rest)))
        shapes = self._turned(pose)
        for name, (eyeball, moved) in eye_look_offsets(self.model, rest).items():
            shapes[NAMES.index(name), eyeball] = moved
        for side in self.model.lids:
            average = pose.scale * lid_opening(self.model, self.model.neutral, side)
            shapes[NAMES.index(f"eyeBlink{side}")] *= lid_opening(self.model, rest, side) / average
        for k, name in enumerate(NAMES):
            if name.startswith("eye"):
                shapes[k] = self._clear_of_eyes(name, rest, shapes[k])
        used = np.flatnonzero(np.abs(shapes).max((1, 2)))
        return tuple(NAMES[k] for k in used), shapes[used].astype(np.float32)

    def _turned(self, pose: Similarity) -> np.ndarray:
        """Return the model's shapes (52, V, 3) float32 of a head that is turned and scaled by a pose."""
        turned = self.shapes.reshape(-1, 3) @ (pose.scale * pose.rotation.T).astype(np.float32)
        return turned.reshape(self.shapes.shape)

    def _clear_of_eyes(self, name: str, rest: np.ndarray, shape: np.ndarray) -> np.ndarray:
        """Return a shape (V, 3) of the eyes whose lids slide over the eyeballs, and meet where they blink."""
        posed = push_lids_off_eyes(self.model, rest, rest + shape)
        if name.startswith("eyeBlink"):
            posed = close_lids(self.model, posed, name.removeprefix("eyeBlink"))
        return posed - rest
