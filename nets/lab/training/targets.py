# SPDX-License-Identifier: GPL-3.0-or-later
"""Training targets: the truth of a batch, aligned with the mean face.

A third of the face model's variance between people is where the face lies in the head. No photo can tell that apart
from the pose, so it counts as pose.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from nets.geometry.uv_layout import FACE_WEIGHT, SIZE
from nets.lab.face_chart import FaceChart
from nets.model.networks.composition import PerspectivePose, ShapeDecoder
from nets.model.networks.shape_codes import EXPRESSION_SIZE, IDENTITY_SIZE, MILLIMETRES
from nets.topology.face_model import FaceModel
from nets.topology.landmark_vertices import VERTICES


@dataclass(frozen=True)
class Truth:
    """The truth of B samples.

    neutral, full: (B, G*G, 3), shapes without and with expression, canonical units, both moved by the similarity that
        brings the neutral one nearest to the mean face
    pose: of the moved shapes; the small tilt of the camera that the move implies is left out
    points, landmarks: (B, G*G, 3), (B, 68, 3), normalised image units
    normals: (B, G*G, 3), view frame
    visible: (B, G*G), in [0, 1]
    expression: (B, 53), weights, and gaze: (B, 2, 2), radians; both as the picture shows them, mirrored or not
    is_face: (B,) bool
    """

    neutral: Tensor
    full: Tensor
    pose: PerspectivePose
    points: Tensor
    landmarks: Tensor
    normals: Tensor
    visible: Tensor
    expression: Tensor
    gaze: Tensor
    is_face: Tensor


class CoarseModel(nn.Module):
    """The face model on the networks' coarse grid of G x G texels, in canonical units.

    mean: (G*G, 3)
    identity: (100, G*G, 3)
    weights: (G*G,), training weight of each texel, mean 1
    face: (G*G,), the same without ears and neck
    landmark_texels, landmark_weights: (68, 4), the texels around each landmark and their bilinear weights
    landmark_mean: (68, 3)
    face_texels: (N,), the texels of most weight, from which anchors are chosen
    """

    def __init__(self, model: FaceModel, chart: FaceChart, texel_weights: np.ndarray):
        super().__init__()
        grid = chart.coarse

        def gather(vertices: np.ndarray) -> np.ndarray:
            return grid.gather(chart.extend(vertices)).reshape(-1, 3)

        mean = gather(model.neutral)
        identity = np.stack(
            [(gather(model.neutral + mode) - gather(model.neutral - mode)) / 2 for mode in model.identity]
        )
        self.size = len(grid.mask)
        self.register_buffer("mean", torch.from_numpy(mean / MILLIMETRES).float())
        self.register_buffer("identity", torch.from_numpy(identity / MILLIMETRES).float())
        factor = len(texel_weights) // self.size
        blocks = np.minimum(texel_weights, 4).reshape(self.size, factor, self.size, factor).mean((1, 3)) * grid.mask
        self.register_buffer("weights", torch.from_numpy(blocks.ravel() / blocks.mean()).float())
        self.register_buffer("face", self.weights * (self.weights > FACE_WEIGHT))
        self.register_buffer("face_texels", (self.weights > 0.3 * self.weights.max()).nonzero()[:, 0])
        self._swapped = mirrored_expressions(model.expression_names)
        self.register_buffer("landmark_mean", torch.from_numpy(model.neutral[VERTICES] / MILLIMETRES).float())
        uv = chart.vertex_uv[VERTICES]
        column, row = uv[:, 0] * self.size - 0.5, (1 - uv[:, 1]) * self.size - 0.5
        c, r = np.floor(column).astype(int), np.floor(row).astype(int)
        fc, fr = column - c, row - r
        texels = np.stack(
            [r * self.size + c, r * self.size + c + 1, (r + 1) * self.size + c, (r + 1) * self.size + c + 1], 1
        )
        shares = np.stack([(1 - fr) * (1 - fc), (1 - fr) * fc, fr * (1 - fc), fr * fc], 1)
        self.register_buffer("landmark_texels", torch.from_numpy(texels))
        self.register_buffer("landmark_weights", torch.from_numpy(shares).float())

    def landmarks(self, shape: Tensor) -> Tensor:
        """Return the landmarks (B, 68, 3) of shapes (B, G*G, 3): the mean face's, moved as the texels around them."""
        return self.landmarks_of(shape[:, self.landmark_texels.flatten()])

    def landmarks_of(self, corners: Tensor) -> Tensor:
        """Return the landmarks (B, 68, 3), given only the texels around them (B, 68*4, 3) in landmark_texels' order."""
        texels = self.landmark_texels.flatten()
        offset = (corners - self.mean[texels]).unflatten(1, (68, 4))
        return self.landmark_mean + (offset * self.landmark_weights[..., None]).sum(2)

    def draw_texels(self, count: int) -> Tensor:
        """Draw texels (count,) with odds by weight, so that a mean over them estimates the weighted mean."""
        return torch.multinomial(self.weights, count, replacement=True)

    def truth(self, batch: dict[str, Tensor]) -> Truth:
        """Return the truth of a batch of samples, see nets/lab/training/batches.py."""
        neutral = self.mean + torch.tensordot(batch["identity"], self.identity, 1)
        mirrored = neutral.unflatten(1, (self.size, self.size)).flip(2).flatten(1, 2) * neutral.new_tensor([-1, 1, 1])
        neutral = torch.where(batch["mirror"][:, None, None], mirrored, neutral)
        full = batch["canonical"].flatten(1, 2)
        camera = PerspectivePose(batch["rotation"], batch["scale"], batch["centre"], batch["inverse_distance"])
        points, landmarks = camera.project(full), camera.project(self.landmarks(full))
        turn, size, shift = self._onto_mean(neutral)
        neutral, full = (size * shape @ turn.mT + shift for shape in (neutral, full))
        pose = _moved(camera, turn, size[:, 0, 0], shift)
        normals = self._normals(full) @ pose.rotation.mT
        expression = torch.where(batch["mirror"][:, None], batch["expression"][:, self._swapped], batch["expression"])
        return Truth(
            neutral,
            full,
            pose,
            points,
            landmarks,
            normals,
            batch["visible"].flatten(1),
            expression,
            batch["gaze"],
            batch["is_face"],
        )

    def _normals(self, shape: Tensor) -> Tensor:
        """Return unit normals (B, G*G, 3) of shapes, outwards; at the chart's edges they mean nothing."""
        grid = shape.unflatten(1, (self.size, self.size))
        right, down = (grid.roll(-1, axis) - grid.roll(1, axis) for axis in (2, 1))
        return torch.nn.functional.normalize(torch.linalg.cross(down, right), dim=3).flatten(1, 2)

    def _onto_mean(self, shape: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the similarity that brings shapes (B, G*G, 3) nearest to the mean face, without neck and ears.

        Rotation (B, 3, 3), size (B, 1, 1) and shift (B, 1, 3) apply as size · shape @ rotationᵀ + shift (Umeyama, PAMI
        1991, eq. 40-42).
        """
        weights = (self.face / self.face.sum())[:, None]
        centre, centres = (weights * self.mean).sum(0), (weights * shape).sum(1, keepdim=True)
        mean, shape = self.mean - centre, shape - centres
        left, singular, right = torch.linalg.svd((weights * mean).T @ shape)
        handed = torch.ones_like(singular)
        handed[:, 2] = torch.det(left @ right).sign()
        turn = (left * handed[:, None]) @ right
        size = ((singular * handed).sum(1) / (weights * shape.square()).sum((1, 2)))[:, None, None]
        return turn, size, centre - size * centres @ turn.mT

    def decoder(self, truth: Truth) -> ShapeDecoder:
        """Build a decoder from the principal components of a truth's neutral shapes and of its expression offsets."""
        weights = self.weights.clamp(min=0.05).sqrt()[:, None]
        bases = []
        for offsets, size in (
            (truth.neutral - self.mean, IDENTITY_SIZE),
            (truth.full - truth.neutral, EXPRESSION_SIZE),
        ):
            _, deviations, directions = torch.pca_lowrank((offsets * weights).flatten(1), size, center=False, niter=4)
            components = directions.T * deviations[:, None] / len(offsets) ** 0.5
            bases.append((components.unflatten(1, (-1, 3)) / weights).flatten(1))
        return ShapeDecoder(self.mean.flatten(), torch.cat(bases))

    def anchors(self, count: int) -> Tensor:
        """Choose coarse texels (count,) at which refinement reads features: at the landmarks, then farthest points."""
        chosen = list(dict.fromkeys(self.landmark_texels[torch.arange(68), self.landmark_weights.argmax(1)].tolist()))
        while len(chosen) < count:
            distance = torch.cdist(self.mean[self.face_texels], self.mean[chosen]).min(1).values
            chosen.append(int(self.face_texels[distance.argmax()]))
        return torch.tensor(chosen[:count], device=self.mean.device)

    def nearest(self, texels: Tensor) -> Tensor:
        """Return which of coarse texels (P,) is nearest to each landmark of the mean face, (68,)."""
        return torch.cdist(self.landmark_mean, self.mean[texels]).argmin(1)

    def places(self, texels: Tensor) -> np.ndarray:
        """Return row and column (P, 2) float32, in the full map, of coarse texels (P,)."""
        coarse = np.stack(np.unravel_index(texels.cpu().numpy(), (self.size, self.size)), 1)
        return ((coarse + 0.5) * SIZE / self.size - 0.5).astype(np.float32)


def _moved(camera: PerspectivePose, turn: Tensor, size: Tensor, shift: Tensor) -> PerspectivePose:
    """The pose of shapes that were moved as CoarseModel._onto_mean says, size (B,)."""
    rotation = camera.rotation @ turn.mT
    origin = -(rotation @ shift.mT)[..., 0] / size[:, None]  # of the moved shapes, in the camera's view
    nearer = 1 - camera.inverse_distance * origin[:, 2]
    x, y = (camera.scale / nearer)[:, None].mul(origin[:, :2]).unbind(1)
    translation = camera.translation + torch.stack([x, -y], 1)
    return PerspectivePose(
        rotation, camera.scale / (size * nearer), translation, camera.inverse_distance / (size * nearer)
    )


def mirrored_expressions(names: tuple[str, ...]) -> list[int]:
    """Return for each expression the index of the one that it becomes in a mirror."""
    sides = {"_L": "_R", "_R": "_L", "jawLeft": "jawRight", "jawRight": "jawLeft"}
    sides |= {"mouthLeft": "mouthRight", "mouthRight": "mouthLeft"}

    def mirrored(name: str) -> str:
        return sides.get(name) or name[:-2] + sides.get(name[-2:], name[-2:])

    return [names.index(mirrored(name)) for name in names]
