# SPDX-License-Identifier: GPL-3.0-or-later
"""Separation of a captured face into identity, expression, pose and camera distance.

Networks with shape codes compose every face as mean + identity + expression before a perspective camera
(nets/model/networks/composition.py). Here that composition is inverted. The identity that is left differs between
photos of a person only by the network's error.
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.errors import BundleError
from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.pose import fit_pose
from nets.merge.shape import ShapeEstimate, averaged
from nets.model.bundle import Bundle
from nets.model.engines.tensors import graph_tensors
from nets.model.networks import architecture_of
from nets.model.networks.shape_codes import IDENTITY_SIZE, MILLIMETRES

NEAREST = 400.0  # millimetres from the camera to the head
NOISE = 0.1  # millimetres that the codes need not explain; their own standard deviation is about 1
STEPS = 8  # of Gauss-Newton


class Separation:
    """Separates the faces that a bundle's network predicts.

    basis: (K, 64, 64, 3), how codes of identity, and then of expression, move the mean face, millimetres
    """

    def __init__(self, bundle: Bundle):
        """Raises BundleError if the network predicts no shape codes, but the whole map."""
        if not architecture_of(bundle).has_shape_codes:
            message = f"the model {bundle.name!r} does not tell a person's shape from an expression"
            raise BundleError(message, remedy="Choose another model, such as compact")
        tensors = graph_tensors(bundle)
        self.coarse = CoarseShape(bundle.layout)
        self.basis = tensors["network.decoder.basis"].reshape(-1, COARSE, COARSE, 3) * np.float32(MILLIMETRES)
        on_surface = self.coarse.weights > 0.5
        on_surface[::2] = on_surface[:, ::2] = False  # a quarter of them is as good
        self._texels = np.flatnonzero(on_surface)

    def separate(self, position_map: np.ndarray, uncertainty: np.ndarray) -> ShapeEstimate:
        """Separate a position map (256, 256, 3) with its expected error (256, 256), both in pixels of the photo.

        Gauss-Newton over camera and codes, with the codes' normal distribution as a prior.
        """
        seen = self.coarse.downsample(position_map).reshape(-1, 3)[self._texels].astype(np.float64)
        mean = self.coarse.mean.reshape(-1, 3)[self._texels].astype(np.float64)
        basis = self.basis.reshape(len(self.basis), -1, 3)[:, self._texels].astype(np.float64)
        pose = fit_pose(mean, seen)
        rotation = np.diag([1.0, -1, 1]) @ pose.rotation  # y up in view space
        scale, centre, inverse_distance = pose.scale, pose.translation[:2].astype(np.float64), 0.0
        codes = np.zeros(len(basis))
        precision = np.r_[np.zeros(7), np.full(len(codes), NOISE**2)]
        for _ in range(STEPS):
            view = (mean + np.tensordot(codes, basis, 1)) @ rotation.T
            factor = 1 / (1 - inverse_distance * view[:, 2:])
            flat = view[:, :2] * factor
            projected = np.concatenate([flat, view[:, 2:]], 1)
            target = np.concatenate([(seen[:, :2] - centre) * (1, -1), seen[:, 2:]], 1) / scale

            def through(moved: np.ndarray, flat=flat, factor=factor, inverse_distance=inverse_distance) -> np.ndarray:
                """Project motion (..., M, 3) in view space."""
                depth = moved[..., 2:]
                return np.concatenate([(moved[..., :2] + inverse_distance * flat * depth) * factor, depth], -1)

            nothing = np.zeros((len(view), 1))
            columns = [through(np.cross(axis, view)) for axis in np.eye(3)]
            columns += [projected, np.concatenate([flat * view[:, 2:] * factor, nothing], 1)]
            columns += [np.tile(axis, (len(view), 1)) for axis in np.eye(3)[:2]]
            jacobian = np.concatenate([np.stack(columns), through(basis @ rotation.T)]).reshape(len(precision), -1)
            normal = jacobian @ jacobian.T + np.diag(precision)
            step = np.linalg.solve(
                normal, jacobian @ (target - projected).ravel() - precision * np.r_[np.zeros(7), codes]
            )
            rotation = cv2.Rodrigues(step[:3])[0] @ rotation
            centre = centre + scale * step[5:7] * (1, -1)
            scale *= np.exp(step[3])
            inverse_distance = float(np.clip(inverse_distance + step[4], 0, 1 / NEAREST))
            codes = codes + step[7:]
        identity, expression = (
            np.tensordot(codes[part].astype(np.float32), self.basis[part], 1)
            for part in (slice(IDENTITY_SIZE), slice(IDENTITY_SIZE, None))
        )
        error = averaged(uncertainty) / np.float32(scale)
        return ShapeEstimate(identity, expression, rotation.astype(np.float32), error, codes)
