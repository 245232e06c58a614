# SPDX-License-Identifier: GPL-3.0-or-later
"""From pose and shape codes to a position map: a linear canonical shape seen by a perspective camera.

Lengths in canonical space are decimetres of a head resized, shifted and turned so that its face at rest lies best on
the mean face (a photo tells neither a head's size nor where in the head its face lies). Image space here is the crop
in normalised units: x right, y down, both -1 to 1 from edge to edge, z towards the viewer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.model.networks.shape_codes import IDENTITY_SIZE

POSE_SIZE = 10  # rotation (6), log scale, translation (2), closeness
BASE_SCALE = 0.9  # normalised image units per decimetre at log scale 0
LARGEST_CLOSENESS = 0.25  # per decimetre: the camera 400 mm from the head's origin


@dataclass(frozen=True)
class Pose:
    """rotation (B, 3, 3), canonical to view (x right, y up, z towards the viewer), determinant 1; scale (B,) image
    units per canonical unit; translation (B, 2) where the head's origin is seen; closeness (B,) inverse distance of the
    camera."""

    rotation: Tensor
    scale: Tensor
    translation: Tensor
    closeness: Tensor

    def project(self, canonical: Tensor) -> Tensor:
        """Canonical points (B, N, 3) in the image (B, N, 3); depth is scale times view depth."""
        return self.divide(self.projection() @ canonical.mT).mT

    def projection(self) -> Tensor:
        """(B, 3, 3): from canonical points to the image but for perspective and translation, which divide() does."""
        scale = self.scale[:, None]
        return self.rotation * torch.cat([scale, -scale, scale], 1)[..., None]

    def divide(self, projected: Tensor) -> Tensor:
        """What projection() makes of points, as planes of x, y and z (B, 3, N), to the same in the image."""
        flat, depth = projected.split((2, 1), 1)
        away = 1 - depth * (self.closeness / self.scale)[:, None, None]
        return torch.cat([flat / away.clamp(min=0.1) + self.translation[..., None], depth], 1)

    def in_pixels(self, size: int) -> "Pose":
        """The same pose in pixels of a square crop instead of normalised image units."""
        half = size / 2
        return Pose(self.rotation, self.scale * half, self.translation * half + (half - 0.5), self.closeness)

    def unproject_offset(self, offset: Tensor) -> Tensor:
        """Small offsets (B, N, 3) in the image as canonical ones, perspective left out."""
        view = offset * offset.new_tensor([1, -1, 1]) / self.scale[:, None, None]
        return view @ self.rotation


def decode_pose(code: Tensor) -> Pose:
    """Pose of codes (B, POSE_SIZE); the rotation by two of its rows (Zhou et al., CVPR 2019, section 4.2)."""
    rows, scale, translation, closeness = code.split((6, 1, 2, 1), 1)
    x, second = (rows + code.new_tensor([1.0, 0, 0, 0, 1, 0])).split(3, 1)
    x = x / _length(x)
    y = second - (x * second).sum(1, keepdim=True) * x
    y = y / _length(y)
    rotation = torch.cat([x, y, _cross(x, y)], 1).unflatten(1, (3, 3))
    scale = BASE_SCALE * torch.exp(scale[:, 0].clamp(-2, 2))
    return Pose(rotation, scale, translation, LARGEST_CLOSENESS * torch.sigmoid(closeness[:, 0] - 1.5))


def _length(vectors: Tensor) -> Tensor:
    return vectors.norm(dim=1, keepdim=True).clamp(min=1e-6)


def _cross(a: Tensor, b: Tensor) -> Tensor:
    """In fewer operations of an exported graph than torch.linalg.cross."""
    yzx_zxy, zxy_yzx = (torch.tensor(order, device=a.device) for order in ([1, 2, 0, 2, 0, 1], [2, 0, 1, 1, 2, 0]))
    first, second = (a.index_select(1, yzx_zxy) * b.index_select(1, zxy_yzx)).split(3, 1)
    return first - second


class ShapeDecoder(nn.Module):
    """Canonical shape as mean + identity basis + expression basis on the coarse grid of G x G texels.

    mean (G*G*3,); basis (K, G*G*3): IDENTITY_SIZE components of identity, then those of expression, in canonical units.
    They are fixed: trained, the bases grow noise that roughens the surface and gains nothing.
    """

    def __init__(self, mean: Tensor, basis: Tensor):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("basis", basis)

    def at(self, texels: Tensor) -> "ShapeDecoder":
        """The decoder of some texels (P,) only: its shapes are (B, P, 3)."""
        columns = (texels[:, None] * 3 + torch.arange(3, device=texels.device)).flatten()
        return ShapeDecoder(self.mean[columns], self.basis[:, columns])

    def shape(self, code: Tensor) -> Tensor:
        """Shapes with expression (B, G*G, 3) of codes (B, K)."""
        return torch.addmm(self.mean, code, self.basis).unflatten(1, (-1, 3))

    def neutral(self, code: Tensor) -> Tensor:
        """The same codes' neutral shapes (B, G*G, 3)."""
        identity = torch.addmm(self.mean, code[:, :IDENTITY_SIZE], self.basis[:IDENTITY_SIZE])
        return identity.unflatten(1, (-1, 3))
