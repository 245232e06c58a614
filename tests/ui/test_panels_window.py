# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels and tools of the built zip in a real Blender window: presets, overlays, corrections."""

import numpy as np
from PIL import Image


def test_panels_in_a_window(blender, work_window, portrait, tmp_path):
    picture = np.asarray(Image.open(portrait))
    Image.fromarray(np.concatenate([picture, picture[:, ::-1]], 1)).save(tmp_path / "pair.png")
    work_window(blender, "window_panels.py", portrait, tmp_path / "pair.png")
