# SPDX-License-Identifier: GPL-3.0-or-later
"""What a face does, read from close views of its eyes and of the halves of its mouth.

Each view is cut out where the estimated pose puts that part of the face at rest, turned and scaled as the pose says.
Those of the person's left are mirrored and go through the same layers as those of the right, so that each side is
judged by what is seen there, and either side teaches both.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS, SIDES
from nets.model.networks.composition import PerspectivePose
from nets.model.networks.sizes import Sizes

VIEWS = 4  # right eye, left eye, right and left half of the mouth
EYE_KEYS = (
    *("browDown", "browInnerUp", "browOuterUp", "cheekSquint", "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut"),
    *("eyeLookUp", "eyeSquint", "eyeWide"),
)
MOUTH_KEYS = (
    *("cheekPuff", "mouthDimple", "mouthFrown", "mouthLowerDown", "mouthPress", "mouthSmile", "mouthStretch"),
    *("mouthUpperUp", "noseSneer"),
)
MIDDLE_KEYS = (
    *("jawForward", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper"),
    *("mouthShrugLower", "mouthShrugUpper"),
)
SHIFTS = ("jawRight", "jawLeft", "mouthRight", "mouthLeft")
# The middles of the right views, canonical decimetres from the mean of the eye's or the mouth's corners, and their
# half sides.
CENTRES, HALVES = ((0.0, 0.06, 0.0), (0.02, 0.0, 0.0)), (0.32, 0.38)


class Encoder(nn.Sequential):
    """Features (B, sizes.view_features) of views (B, 3, V, V), V being sizes.view."""

    def __init__(self, sizes: Sizes):
        channels, features = sizes.view_channels, sizes.view_features
        layers: list[nn.Module] = [nn.Conv2d(3, channels[0], 3, 1, 1), nn.ReLU()]
        for k, (before, after) in enumerate(pairwise(channels)):
            layers += [nn.Conv2d(before, after, 3, 1 if k == 1 else 2, 1), nn.ReLU()]
        texels = (sizes.view // 8) ** 2
        super().__init__(*layers, nn.Flatten(), nn.Linear(channels[-1] * texels, features), nn.ReLU())


class Acting(nn.Module):
    """Expression weights (B, 53) and gaze (B, 2, 2), see CompactOutput.

    anchors: (VIEWS, 2), indices of the anchors at the corners of each part, among those of the network

    The names of the attributes are the keys of saved weights.
    """

    def __init__(self, sizes: Sizes, anchors: Tensor):
        super().__init__()
        self.register_buffer("anchors", anchors)
        self._size = sizes.view
        self.encoders = nn.ModuleList([Encoder(sizes), Encoder(sizes)])
        outputs = len(EYE_KEYS) + 2, len(MOUTH_KEYS) + len(MIDDLE_KEYS) + len(SHIFTS)
        features = sizes.view_features
        self.readers = nn.ModuleList(
            [nn.Sequential(nn.Linear(2 * features + 9, features), nn.ReLU(), nn.Linear(features, n)) for n in outputs]
        )
        names = [key + side for keys in (EYE_KEYS, MOUTH_KEYS) for side in SIDES for key in keys]
        names += [*MIDDLE_KEYS, *SHIFTS]
        self._order = [names.index(name) for name in EXPRESSIONS]

    def forward(self, crops: Tensor, pose: PerspectivePose, neutral: Tensor) -> tuple[Tensor, Tensor]:
        """Read the faces of crops (B, 3, S, S) in [-1, 1].

        neutral: (B, P, 3), the network's anchors in the canonical shape at rest
        """
        corners = neutral[:, self.anchors.flatten()].unflatten(1, (VIEWS, 2)).mean(2)
        return self.read(self.cut_out(crops, pose, corners), pose.rotation)

    def cut_out(self, crops: Tensor, pose: PerspectivePose, corners: Tensor) -> Tensor:
        """Return the views (B, VIEWS, 3, V, V), each with mean 0 and standard deviation 1.

        corners: (B, VIEWS, 3), the middles of the parts' corners, canonical units
        """
        mirror = corners.new_tensor([1.0, -1.0, 1.0, -1.0])
        centres = corners.new_tensor(CENTRES).repeat_interleave(2, 0)
        centres = centres * torch.stack([mirror, mirror.abs(), mirror.abs()], 1)
        half = corners.new_tensor(HALVES).repeat_interleave(2)
        middles = pose.project(corners + centres)[..., :2]
        across, down = (pose.projection()[:, None, :2, axis] for axis in (0, 1))
        ways = torch.stack([(half * mirror)[:, None] * across, -half[:, None] * down, middles], 2)  # (B, VIEWS, 3, 2)
        size = self._size
        line = torch.linspace(-1, 1, size, device=crops.device)
        right, low = line.expand(size, size), line[:, None].expand(size, size)  # rows go down, canonical y up
        places = torch.stack([right, low, torch.ones_like(right)], 2).flatten(0, 1) @ ways
        places = places.unflatten(2, (size, size)).flatten(1, 2)  # the views one below the other
        colours = nn.functional.grid_sample(crops.float(), places, padding_mode="border", align_corners=False)
        views = colours.unflatten(2, (VIEWS, size)).transpose(1, 2)
        middle = views.mean((2, 3, 4), keepdim=True)
        spread = ((views - middle).square().mean((2, 3, 4), keepdim=True) + 1e-3).sqrt()
        return (views - middle) / spread

    def read(self, views: Tensor, rotation: Tensor) -> tuple[Tensor, Tensor]:
        """Read views (B, VIEWS, 3, V, V) of heads in rotations (B, 3, 3)."""
        flip = rotation.new_tensor([-1.0, 1.0, 1.0])
        turns = torch.stack([rotation, flip[:, None] * rotation * flip], 1).flatten(2)  # (B, 2, 9)
        answers = []
        for encoder, reader, part in zip(self.encoders, self.readers, views.split(2, 1), strict=True):
            own = encoder(part.flatten(0, 1)).unflatten(0, (-1, 2))
            answers.append(reader(torch.cat([own, own.flip(1), turns.to(own.dtype)], 2)).float())
        eyes, mouth = answers
        keys, gaze = eyes.split((len(EYE_KEYS), 2), 2)
        sides, middle, shifts = mouth.split((len(MOUTH_KEYS), len(MIDDLE_KEYS), len(SHIFTS)), 2)
        swapped = shifts[:, 1].unflatten(1, (2, 2)).flip(2).flatten(1)  # the left view's right is the mirror's left
        shifts = (shifts[:, 0] + swapped) / 2
        everything = torch.cat([keys.flatten(1), sides.flatten(1), middle.mean(1), shifts], 1)
        return everything[:, self._order], gaze * torch.stack([flip[1:], flip[:2]])


def parts_of(landmark_anchors: Tensor) -> Tensor:
    """Return Acting's anchors (VIEWS, 2) from the anchors nearest to the 68 landmarks (68,)."""
    return landmark_anchors[torch.tensor([[36, 39], [45, 42], [48, 48], [54, 54]])]
