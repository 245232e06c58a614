# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture for every frame of a performance, as an image sequence.

It shows what shape keys cannot: eyes, tongue and wrinkles.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.texture import RIM_QUALITY, TextureView, enlarge, reduce, texel_step
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.inpainting import push_pull
from nets.geometry.visibility import smoothstep
from nets.io.clip import Clip
from nets.io.files import make_folder, replace_file
from nets.io.read_ahead import read_ahead
from nets.performance.person import TrackedPerson
from nets.performance.views import in_plain_view, posed_map, view_of_frame

QUALITY = 95  # of the JPEG files
SEEN_FROM, SEEN_WELL = 0.15, 0.45  # quality up to which a texel is the merged texture's, and from which it is its own
FINEST = 0.75  # the clip's pixels from one texel to the next where the face is nearest: finer ones show no more
LOOK_EVERY = 8  # frames of the clip for which what the network says of hair over the ears counts
FEATHER = 2.0  # texels of the position map


def write_frame_textures(
    clip: Clip,
    clip_frames: np.ndarray,
    person: TrackedPerson,
    coarse: CoarseShape,
    merged: np.ndarray,
    capturer: Capturer,
    folder: Path,
) -> Iterator[int]:
    """Write folder/NNNNNN.jpg for each frame NNNNNN of the clip that shows the person; yield how many are done.

    clip_frames: (F,), the index in the clip of each record
    merged: (T, T, 3) uint8, the person's merged texture; the frames' are as large, or as fine as the clip is

    Raises OutputError.
    """
    make_folder(folder)
    size = size_of_frames(person, coarse, len(merged))
    merged = cv2.resize(merged, (size, size), interpolation=cv2.INTER_AREA)
    looked, in_view = None, np.empty(0)
    row_of = {int(clip_frames[f]): row for row, f in enumerate(person.frame)}
    for frame in read_ahead(clip.frames(range(min(row_of), max(row_of) + 1))):
        row = row_of.get(frame.index)
        if row is None or frame.picture is None:
            continue
        posed = posed_map(person, row, coarse)
        if looked is None or frame.index - looked >= LOOK_EVERY:
            in_view, looked = in_plain_view(frame, posed, capturer), frame.index
        view = view_of_frame(frame, posed, in_view, capturer, size)
        encoded = cv2.imencode(".jpg", frame_texture(view, merged)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        replace_file(folder / f"{frame.index:06}.jpg", encoded.data)
        yield row + 1


def size_of_frames(person: TrackedPerson, coarse: CoarseShape, largest: int) -> int:
    """Return texels on each side from which a clip's frames show no more of a face, at most `largest`."""
    nearest = posed_map(person, int(person.scale.argmax()), coarse)
    size = largest
    while size % 2 == 0 and texel_step(nearest, size // 2) <= FINEST:
        size //= 2
    return size


def frame_texture(view: TextureView, merged: np.ndarray) -> np.ndarray:
    """Return a frame's texture (T, T, 3) uint8; what it does not show is the merged texture in the frame's light."""
    quality = view.clean + RIM_QUALITY * np.maximum(view.presence - view.clean, 0)
    own = cv2.GaussianBlur(smoothstep((quality - SEEN_FROM) / (SEEN_WELL - SEEN_FROM)), (0, 0), FEATHER)
    light = push_pull(reduce(view.seen) - reduce(merged), view.clean)
    own, light = (enlarge(array, len(merged)) for array in (own, light))
    texture = own[..., None] * view.seen + (1 - own[..., None]) * (merged + light)
    return np.uint8(np.clip(texture + 0.5, 0, 255))
