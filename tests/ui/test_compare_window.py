# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip before the head that plays it, up to a line, in a real Blender window."""

import numpy as np
from PIL import Image


def test_the_clip_is_left_of_the_line_and_the_head_right_of_it(blender, work_window, clips, tmp_path):
    place = work_window(blender, "window_compare.py", clips / "head.mp4", tmp_path / "cache")
    left, top, right, bottom = place
    assert right - left > 300 and bottom - top > 300

    def part(name, across, down):
        """What a screenshot shows of a part of the clip, which lies between shares of its width and height."""
        columns, rows = (np.rint(np.interp(share, (0, 1), ends)).astype(int) for share, ends in
                         ((across, (left, right)), (down, (top, bottom))))  # fmt: skip
        picture = np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int)
        return picture[slice(*rows), slice(*columns)]

    def apart(one, other, *where):
        return np.abs(part(one, *where) - part(other, *where)).mean()

    beside, eye = ((0.05, 0.25), (0.6, 0.95)), ((0.38, 0.48), (0.3, 0.4))
    assert apart("compare-1-12", "compare-2-12", *beside) < 2  # the frame that the view shows behind the head
    assert apart("compare-1-12", "compare-1-3", *beside) > 5
    assert apart("compare-1-12", "compare-2-12", *eye) > 5  # the head is hidden there
    assert apart("compare-1-12", "compare-2-12", (0.55, 0.9), (0.1, 0.9)) < 2
