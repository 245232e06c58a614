# SPDX-License-Identifier: GPL-3.0-or-later
"""The iterative network: it sees the photo beside renderings of its own last estimate, and corrects that estimate.

Richardson, Sela and Kimmel, "3D Face Reconstruction by Learning from Synthetic Data" (3DV 2016), sections 3 and 4: a
residual network gets the photo, PNCC and normals, and changes the coefficients of a linear face model. Three to five
passes answer for a photo; in a video the last frame's estimate is the start, and one pass a frame does.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from nets.interface.expressions import EXPRESSIONS
from nets.model.networks.compact import GAZE, Estimate
from nets.model.networks.composition import POSE_SIZE, ShapeDecoder, decode_pose
from nets.model.networks.pyramid import ConvBNReLU, Residual
from nets.model.networks.surface_rendering import CHANNELS, SurfaceRenderer

INPUT_SIZE = 112
WIDTHS = (16, 40, 80, 144, 224)  # channels of the 56², 28², 14², 7² and 4² maps
RESIDUALS = (0, 1, 1, 1, 0)  # residual blocks after the convolutions that lead to these maps
EMBEDDING = 256


@dataclass(frozen=True)
class IterativeOutput:
    """What one pass predicts for B crops.

    code: (B, POSE_SIZE + K), the corrected codes of pose and shape
    face_logit: (B,), logit of there being a face
    log_error: (B,), log of the expected landmark error
    expression: (B, 53), the face model's weights
    gaze: (B, 2, 2), yaw and pitch of the right and the left eye, radians
    """

    code: Tensor
    face_logit: Tensor
    log_error: Tensor
    expression: Tensor
    gaze: Tensor


class Iterative(nn.Module):
    """The network.

    decoder: the shape bases
    surface: (N,) int64, the coarse texels that are rendered, see SurfaceRenderer

    The names of the attributes are the keys of saved weights.
    """

    def __init__(self, decoder: ShapeDecoder, surface: Tensor):
        super().__init__()
        self.decoder = decoder
        self.renderer = SurfaceRenderer(decoder.mean, surface)
        self.code_size = POSE_SIZE + len(decoder.basis)
        channels, layers = 3 + CHANNELS, []
        for width, depth in zip(WIDTHS, RESIDUALS, strict=True):
            layers.append(ConvBNReLU(channels, width, 3 if layers else 5, 2))
            layers += [Residual(width) for _ in range(depth)]
            channels = width
        self.encoder = nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * 16, EMBEDDING), nn.ReLU())
        self.hidden = nn.Sequential(nn.Linear(EMBEDDING + self.code_size, EMBEDDING), nn.ReLU())
        self.correction = nn.Linear(EMBEDDING, self.code_size)
        self.judge = nn.Linear(EMBEDDING, 2)
        self.performance = nn.Linear(EMBEDDING, len(EXPRESSIONS) + GAZE)
        for layer in (self.correction, self.judge, self.performance):
            nn.init.normal_(layer.weight, std=0.01)
            nn.init.zeros_(layer.bias)

    @classmethod
    def shaped_like(cls, tensors: dict[str, Tensor]) -> "Iterative":
        """Make a network of the sizes of saved tensors. Raises KeyError if they are another network's."""
        decoder = ShapeDecoder(tensors["decoder.mean"], torch.zeros_like(tensors["decoder.basis"]))
        return cls(decoder, tensors["renderer.surface"].clone())

    def start(self, count: int) -> Tensor:
        """Return the codes (B, C) of the mean face at rest, seen from the front."""
        return self.decoder.mean.new_zeros(count, self.code_size)

    def compose(self, code: Tensor) -> Estimate:
        """Return the estimate that codes (B, C) stand for."""
        with torch.autocast(code.device.type, enabled=False):  # positions need more digits than half precision has
            pose_code, shape_code = code[:, :POSE_SIZE], code[:, POSE_SIZE:]
            pose = decode_pose(pose_code)
            shape = self.decoder.shape(shape_code)
            return Estimate(pose, self.decoder.neutral(shape_code), shape, pose.project(shape))

    def render(self, code: Tensor, size: int) -> Tensor:
        """Return PNCC and normals (B, CHANNELS, size, size) of the faces that codes (B, C) stand for."""
        now = self.compose(code)
        return self.renderer(now.shape, now.points, now.pose, size)

    def forward(self, crops: Tensor, code: Tensor) -> IterativeOutput:
        """Correct estimates.

        crops: (B, 3, 112, 112), RGB in [0, 1]
        code: (B, C), the estimates so far
        """
        with torch.no_grad():
            rendered = self.render(code, crops.shape[-1])
        seen = self.encoder(torch.cat([crops * 2 - 1, rendered.to(crops.dtype)], 1))
        hidden = self.hidden(torch.cat([seen, code.to(seen.dtype)], 1))
        face_logit, log_error = self.judge(hidden).float().unbind(1)
        expression, gaze = self.performance(hidden).float().split((len(EXPRESSIONS), GAZE), 1)
        change = self.correction(hidden).float()
        return IterativeOutput(code + change, face_logit, log_error, expression, gaze.unflatten(1, (2, 2)))
