# SPDX-License-Identifier: GPL-3.0-or-later
"""From pose and shape codes to a position map: a linear canonical shape seen by a perspective camera.

Lengths in canonical space are decimetres of a head that is resized, shifted and turned so that its face at rest lies
best on the mean face: a photo shows neither a head's size nor where in the head its face lies. Image space here is the
crop in normalised units: x right, y down, both -1 to 1 from edge to edge, z towards the viewer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.model.networks.shape_codes import IDENTITY_SIZE
from nets.model.networks.shape_codes import POSE_SIZE as POSE_SIZE  # of the codes that decode_pose takes

BASE_SCALE = 0.9  # normalised image units per decimetre at log scale 0
DISTANCE_OFFSET = 1.5  # code 0 is a camera 2.2 m away
MAX_INVERSE_DISTANCE = 0.25  # per decimetre: the camera is 400 mm from the head's origin


@dataclass(frozen=True)
class PerspectivePose:
    """Where B heads are before a perspective camera.

    rotation: (B, 3, 3), canonical to view space (x right, y up, z towards the viewer), determinant 1
    scale: (B,), image units per canonical unit at the head's origin
    translation: (B, 2), where the head's origin is seen
    inverse_distance: (B,), of the camera from the head's origin, per canonical unit; 0 is an orthographic camera
    """

    rotation: Tensor
    scale: Tensor
    translation: Tensor
    inverse_distance: Tensor

    def project(self, canonical: Tensor) -> Tensor:
        """Project canonical points (B, N, 3) into the image (B, N, 3); depth is scale times depth in view space."""
        return self.divide(self.projection() @ canonical.mT).mT

    def projection(self) -> Tensor:
        """Return the linear part (B, 3, 3) of project(), which divide() completes."""
        scale = self.scale[:, None]
        return self.rotation * torch.cat([scale, -scale, scale], 1)[..., None]

    def divide(self, projected: Tensor) -> Tensor:
        """Apply perspective and translation to points after projection(), as planes of x, y and z (B, 3, N)."""
        flat, depth = projected.split((2, 1), 1)
        away = 1 - depth * (self.inverse_distance / self.scale)[:, None, None]
        return torch.cat([flat / away.clamp(min=0.1) + self.translation[..., None], depth], 1)

    def in_pixels(self, size: int) -> "PerspectivePose":
        """Return the same pose in pixels of a square crop instead of normalised image units."""
        half = size / 2
        translation = self.translation * half + (half - 0.5)
        return PerspectivePose(self.rotation, self.scale * half, translation, self.inverse_distance)

    def unproject_offset(self, offset: Tensor) -> Tensor:
        """Turn small offsets (B, N, 3) in the image into canonical ones, without perspective."""
        view = offset * offset.new_tensor([1, -1, 1]) / self.scale[:, None, None]
        return view @ self.rotation


def decode_pose(code: Tensor) -> PerspectivePose:
    """Decode codes (B, POSE_SIZE); the rotation is given by two of its rows (Zhou et al., CVPR 2019, section 4.2)."""
    rows, scale, translation, distance = code.split((6, 1, 2, 1), 1)
    x, second = (rows + code.new_tensor([1.0, 0, 0, 0, 1, 0])).split(3, 1)
    x = x / _length(x)
    y = second - (x * second).sum(1, keepdim=True) * x
    y = y / _length(y)
    rotation = torch.cat([x, y, _cross(x, y)], 1).unflatten(1, (3, 3))
    scale = BASE_SCALE * torch.exp(scale[:, 0].clamp(-2, 2))
    inverse_distance = MAX_INVERSE_DISTANCE * torch.sigmoid(distance[:, 0] - DISTANCE_OFFSET)
    return PerspectivePose(rotation, scale, translation, inverse_distance)


def encode_pose(pose: PerspectivePose) -> Tensor:
    """Return codes (B, POSE_SIZE) that decode_pose turns into these poses.

    A camera that is infinitely far or nearer than 400 mm becomes one within what codes can tell.
    """
    rows = pose.rotation[:, :2].flatten(1) - pose.scale.new_tensor([1.0, 0, 0, 0, 1, 0])
    near = (pose.inverse_distance / MAX_INVERSE_DISTANCE).clamp(0.01, 0.99)
    scale = torch.log(pose.scale / BASE_SCALE)
    return torch.cat([rows, scale[:, None], pose.translation, torch.logit(near)[:, None] + DISTANCE_OFFSET], 1)


def _length(vectors: Tensor) -> Tensor:
    return vectors.norm(dim=1, keepdim=True).clamp(min=1e-6)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    # In fewer operations of an exported graph than torch.linalg.cross needs.
    yzx_zxy, zxy_yzx = (torch.tensor(order, device=a.device) for order in ([1, 2, 0, 2, 0, 1], [2, 0, 1, 1, 2, 0]))
    first, second = (a.index_select(1, yzx_zxy) * b.index_select(1, zxy_yzx)).split(3, 1)
    return first - second


class ShapeDecoder(nn.Module):
    """Canonical shapes on the coarse grid of G x G texels: mean + identity basis + expression basis.

    mean: (G*G*3,), canonical units
    basis: (K, G*G*3), IDENTITY_SIZE components of identity, then those of expression

    Both are fixed: trained bases grow noise that roughens the surface and gains nothing.
    """

    def __init__(self, mean: Tensor, basis: Tensor):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)

    def at(self, texels: Tensor) -> "ShapeDecoder":
        """Return the decoder of some texels (P,) only, whose shapes are (B, P, 3)."""
        columns = (texels[:, None] * 3 + torch.arange(3, device=texels.device)).flatten()
        return ShapeDecoder(self.mean[columns], self.basis[:, columns])

    def shape(self, code: Tensor) -> Tensor:
        """Decode codes (B, K) to shapes with expression (B, G*G, 3)."""
        return torch.addmm(self.mean, code, self.basis).unflatten(1, (-1, 3))

    def neutral(self, code: Tensor) -> Tensor:
        """Decode codes (B, K) to shapes without expression (B, G*G, 3)."""
        identity = torch.addmm(self.mean, code[:, :IDENTITY_SIZE], self.basis[:IDENTITY_SIZE])
        return identity.unflatten(1, (-1, 3))
