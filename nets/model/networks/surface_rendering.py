# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of an estimated face for the network that corrects it: PNCC and normals at the crop's size.

Every texel of the coarse surface is drawn on the pixels around its place, the nearest one wins; between texels
values change as they do from texel to texel. Only operations that
exist in ONNX graphs as well are used, so training and every engine see the same pictures.
"""

import torch
from torch import Tensor, nn

from nets.model.networks.composition import PerspectivePose

CHANNELS = 6  # PNCC, then normals
LEAST_AREA = 0.3  # pixels: what a value changes by within a texel is trusted less where the texel shows less
DEPTH_RANGE, DEPTH_STEPS = 4.0, 2**17  # normalised image units before and behind the head's origin; steps per unit


class SurfaceRenderer(nn.Module):
    """Renders shapes on the coarse grid of G x G texels.

    mean: (G*G*3,), the mean face, canonical units
    surface: (N,) int64, the texels that are drawn; each has its four neighbours on the surface

    PNCC, the projected normalised coordinate code (Zhu et al., CVPR 2016, section 3.2), colours each texel by its place
    on the mean face: 0 to 1 along each axis.
    """

    def __init__(self, mean: Tensor, surface: Tensor):
        super().__init__()
        points = mean.unflatten(0, (-1, 3))
        low, high = points[surface].amin(0), points[surface].amax(0)
        self.register_buffer("surface", surface)
        self.register_buffer("colours", (points - low) / (high - low))
        self._grid = round((len(mean) // 3) ** 0.5)

    def forward(self, shape: Tensor, points: Tensor, pose: PerspectivePose, size: int) -> Tensor:
        """Render shapes (B, G*G, 3), whose image points are points (B, G*G, 3), normalised units.

        Returns pictures (B, CHANNELS, size, size), 0 where no surface is. Normals are vectors of about unit length in
        the view frame (x right, y up, z towards the viewer).
        """
        small = size // 2  # texels lie two pixels apart: at half the size they leave no gaps
        places = points[..., :2] * (small / 2) + (small / 2 - 0.5)
        normals = self._normals(shape) @ pose.rotation.mT
        winners = self._winners(places[:, self.surface], points[:, self.surface, 2], normals[:, self.surface, 2], small)
        values = torch.cat([self.colours.expand_as(normals), normals], 2)
        slopes = self._slopes(places, values)
        texels = self.surface[winners.clamp(min=0)]

        def shown(of_texels: Tensor) -> Tensor:
            return of_texels.gather(1, texels[..., None].expand(-1, -1, of_texels.shape[2]))

        away = self._pixels(small, places) - shown(places)
        across, down = shown(slopes).split(CHANNELS, 2)
        pictures = (shown(values) + across * away[..., :1] + down * away[..., 1:]).clamp(-1, 1)
        pictures = (pictures * (winners >= 0)[..., None]).mT.unflatten(2, (small, small))
        return nn.functional.interpolate(pictures, scale_factor=2, mode="bilinear", align_corners=False)

    def _normals(self, shape: Tensor) -> Tensor:
        """Return the outward unit normals (B, G*G, 3), canonical frame; they mean nothing beside the surface."""
        right, down = self._differences(shape)
        (dx, dy, dz), (rx, ry, rz) = down.unbind(2), right.unbind(2)
        normal = torch.stack([dy * rz - dz * ry, dz * rx - dx * rz, dx * ry - dy * rx], 2)
        return normal / normal.norm(dim=2, keepdim=True).clamp(min=1e-6)

    def _slopes(self, places: Tensor, values: Tensor) -> Tensor:
        """Return how values (B, G*G, C) change by a pixel across and by one down, (B, G*G, 2 * C)."""
        (right, down), (value_right, value_down) = self._differences(places), self._differences(values)
        (ax, ay), (bx, by) = right.split(1, 2), down.split(1, 2)
        area = ax * by - ay * bx  # of the texel in the picture; one seen from the edge has next to none
        inverse = area / (area.square() + LEAST_AREA**2)
        across, downwards = (by * value_right - ay * value_down), (ax * value_down - bx * value_right)
        return torch.cat([across, downwards], 2) * inverse

    def _differences(self, of_texels: Tensor) -> tuple[Tensor, Tensor]:
        """Return the differences of the neighbours to the right and left, and below and above, each (B, G*G, C)."""
        grid = of_texels.unflatten(1, (self._grid, self._grid))
        return tuple((grid.roll(-1, axis) - grid.roll(1, axis)).flatten(1, 2) for axis in (2, 1))

    def _winners(self, places: Tensor, depth: Tensor, towards: Tensor, size: int) -> Tensor:
        """Return the texel (B, size*size) int64 that each pixel shows, an index into surface, or -1 for none.

        towards: (B, N), the normals' z; what faces away is not drawn
        """
        count = places.shape[1]
        corner = places.floor()
        steps = ((depth.clamp(-DEPTH_RANGE, DEPTH_RANGE) + DEPTH_RANGE) * DEPTH_STEPS).long()
        rank = steps * count + torch.arange(count, device=places.device)  # nearer texels have greater ranks
        pixels, drawn = [], towards > 0
        for across in (0, 1):
            for down in (0, 1):
                x, y = corner[..., 0] + across, corner[..., 1] + down
                inside = drawn & (x >= 0) & (x < size) & (y >= 0) & (y < size)
                pixels.append(torch.where(inside, y * size + x, size * size).long())  # one pixel more, for the rest
        nothing = torch.full((places.shape[0], size * size + 1), -1, dtype=torch.long, device=places.device)
        best = nothing.scatter_reduce(1, torch.cat(pixels, 1), rank.repeat(1, 4), "amax")[:, :-1]
        return torch.where(best >= 0, best % count, best)

    @staticmethod
    def _pixels(size: int, like: Tensor) -> Tensor:
        """Return the pixels' places (size*size, 2)."""
        line = torch.arange(size, device=like.device, dtype=like.dtype)
        return torch.stack([line.repeat(size), line.repeat_interleave(size)], 1)


def drawable_texels(on_surface: Tensor) -> Tensor:
    """Return the texels (N,) int64 of a grid (G, G) bool that lie on the surface with all four neighbours."""
    inside = on_surface.clone()
    inside[[0, -1]], inside[:, [0, -1]] = False, False
    for axis in (0, 1):
        for step in (1, -1):
            inside &= on_surface.roll(step, axis)
    return inside.flatten().nonzero()[:, 0]
