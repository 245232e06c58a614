# SPDX-License-Identifier: GPL-3.0-or-later
"""How large the parts of the compact network and of its smaller copy for live capture are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """The sizes of a network of nets.model.networks.compact.

    picture: pixels along the sides of a crop, a multiple of 32
    channels: of the encoder's five maps, each half as large as the one before
    residuals: residual blocks after the convolutions that lead to these maps
    levels: channels of the three finest maps on the way up, in which refinement looks features up
    bottleneck: channels within the finest map's last block
    top: channels of the pyramid's coarser maps
    embedding: features of the whole picture
    anchors: points of the face at which refinement looks features up
    local, message, hidden: features of a point, of its message, and of a whole refinement step
    steps, training_steps: refinement steps when the network is used, and when it is trained
    view: pixels along the sides of a close view of an eye or of half a mouth
    view_channels: of the encoder of such views, from the first convolution to the last
    view_features: of such a view, and of the layer that reads it
    """

    picture: int
    channels: tuple[int, int, int, int, int]
    residuals: tuple[int, int, int, int, int]
    levels: tuple[int, int, int]
    bottleneck: int
    top: int
    embedding: int
    anchors: int
    local: int
    message: int
    hidden: int
    steps: int
    training_steps: int
    view: int
    view_channels: tuple[int, int, int, int, int]
    view_features: int


COMPACT = Sizes(
    picture=128,
    channels=(16, 48, 80, 144, 224),
    residuals=(1, 2, 2, 1, 1),
    levels=(32, 32, 48),
    bottleneck=16,
    top=48,
    embedding=256,
    anchors=192,
    local=48,
    message=16,
    hidden=256,
    steps=2,
    training_steps=3,  # the third step changes little, but training it improves the other two
    view=48,
    view_channels=(16, 24, 32, 48, 64),
    view_features=96,
)
LIVE = Sizes(
    picture=96,
    channels=(16, 32, 56, 96, 160),
    residuals=(0, 1, 1, 1, 1),
    levels=(16, 24, 40),
    bottleneck=8,
    top=40,
    embedding=192,
    anchors=128,
    local=36,
    message=12,
    hidden=192,
    steps=2,
    training_steps=2,
    view=32,
    view_channels=(8, 16, 24, 32, 48),
    view_features=64,
)
