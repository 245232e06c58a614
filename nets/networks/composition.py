# SPDX-License-Identifier: GPL-3.0-or-later
"""From pose and shape codes to a position map: a linear canonical shape seen by a perspective camera.

Lengths in canonical space are decimetres of a head brought to the mean head's size (a photo does not tell a head's
size). Image space here is the crop in normalised units: x right, y down, both -1 to 1 from edge to edge, z towards the
viewer.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

POSE_SIZE = 10  # rotation (6), log scale, translation (2), closeness
MILLIMETRES = 100.0  # in one canonical unit
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
        return torch.stack(self.project_planes(canonical.transpose(1, 2)), -1)

    def project_planes(self, canonical: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """As project, from canonical points (B, 3, N) to planes of x, y and z (B, N): several times faster on a CPU."""
        x, y, depth = (self.rotation @ canonical).unbind(1)
        scale = self.scale[:, None]
        factor = scale / (1 - self.closeness[:, None] * depth).clamp(min=0.1)
        return x * factor + self.translation[:, :1], self.translation[:, 1:] - y * factor, depth * scale


def decode_pose(code: Tensor) -> Pose:
    """Pose of codes (B, POSE_SIZE); the rotation by two of its rows (Zhou et al., CVPR 2019, section 4.2)."""
    identity = code.new_tensor([1.0, 0, 0, 0, 1, 0])
    first, second = (code[:, :6] + identity).split(3, 1)
    x = nn.functional.normalize(first, dim=1)
    y = nn.functional.normalize(second - (x * second).sum(1, keepdim=True) * x, dim=1)
    rotation = torch.stack([x, y, torch.linalg.cross(x, y)], 1)
    scale = BASE_SCALE * torch.exp(code[:, 6].clamp(-2, 2))
    return Pose(rotation, scale, code[:, 7:9], LARGEST_CLOSENESS * torch.sigmoid(code[:, 9] - 1.5))


class ShapeDecoder(nn.Module):
    """Canonical shape as mean + identity basis + expression basis on the coarse grid of G x G texels.

    mean (G*G*3,), bases (K, G*G*3), in canonical units. They are fixed: trained, the bases grow noise that roughens the
    surface and gains nothing.
    """

    def __init__(self, mean: Tensor, identity: Tensor, expression: Tensor):
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("identity", identity)
        self.register_buffer("expression", expression)

    def at(self, texels: Tensor) -> "ShapeDecoder":
        """The decoder of some texels (P,) only: its shapes are (B, P, 3)."""
        columns = (texels[:, None] * 3 + torch.arange(3, device=texels.device)).flatten()
        return ShapeDecoder(self.mean[columns], self.identity[:, columns], self.expression[:, columns])

    def neutral(self, code: Tensor) -> Tensor:
        """Neutral shapes (B, G*G, 3) of identity codes (B, K)."""
        return (self.mean + code @ self.identity).unflatten(1, (-1, 3))

    def offset(self, code: Tensor) -> Tensor:
        """What expression codes (B, K) add, (B, G*G, 3)."""
        return (code @ self.expression).unflatten(1, (-1, 3))
