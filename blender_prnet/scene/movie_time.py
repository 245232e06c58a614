# SPDX-License-Identifier: GPL-3.0-or-later
"""How Blender counts the frames of movies: at an even rate, at which it shows the last frame that has begun.

The frames of a phone's or a screen recorder's movie come unevenly, so their number is not Blender's. Found by rendering
strips of such movies.
"""

from pathlib import Path

import bpy
import numpy as np

from ..data.performance import Performance
from ..data.sources import ClipFiles

EVEN = 0.5  # frames by which the times of a movie at an even rate may be off


def clip_positions(clip: ClipFiles, performance: Performance) -> np.ndarray:
    """Return where Blender counts the frames of a performance in its clip, (F,), from 0."""
    frame, time = performance.frame, performance.time
    if clip.is_images or not clip.paths[0].is_file():
        return frame
    if np.abs((time - time[0]) * performance.rate - (frame - frame[0])).max(initial=0) < EVEN:
        return frame
    return time * movie_rate(clip.paths[0])


def movie_rate(path: Path) -> float:
    """Return the frames per second at which Blender counts a movie's frames."""
    movie = bpy.data.movieclips.load(str(path))
    try:
        return movie.fps
    finally:
        bpy.data.movieclips.remove(movie)
