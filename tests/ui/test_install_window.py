# SPDX-License-Identifier: GPL-3.0-or-later
"""From the zip to heads and back, without a network, in a real Blender window."""

from functools import partial

import cv2
from skimage.data import astronaut

SIDE = 1024  # pixels of the photos


def test_install_capture_and_remove(run_blender, work_window, extension_zip, clips, tmp_path):
    portrait = cv2.resize(astronaut(), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    batch = tmp_path / "three photos"
    batch.mkdir()
    for photo in (tmp_path / "portrait.jpg", *(batch / f"{number}.jpg" for number in range(3))):
        cv2.imwrite(str(photo), portrait[..., ::-1])
    blender = partial(run_blender, tmp_path)  # which has never seen the extension
    arguments = extension_zip, tmp_path / "portrait.jpg", batch, clips / "head.mp4"
    print(work_window(blender, "window_install.py", *arguments))
