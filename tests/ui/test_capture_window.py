# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos captured with the built zip in a real Blender window, worked by simulated events."""

import shutil

CROWD = 60  # photos of the job that Esc stops: more than a quick machine captures before it
LONGEST_STALL = 2.0  # seconds; software OpenGL draws slowly


def test_capture_in_a_window(blender, work_window, portrait, reconstruct, tmp_path):
    crowd = tmp_path / "photos of a café" / "crowd"
    crowd.mkdir(parents=True)
    photo = shutil.move(portrait, crowd.parent)
    for number in range(CROWD):
        shutil.copy(photo, crowd / f"{number:02}.png")
    reconstruct(photo, "--mesh", "grid")
    measured = work_window(blender, "window_capture.py", photo, tmp_path / "portrait_0.npz", crowd)
    print(measured)
    assert measured["error"] <= 0.5
    # A window that waits for the worker stands still for most of the job, however busy the machine is.
    assert measured["stall"] <= max(LONGEST_STALL, measured["seconds"] / 2)
    assert 2 <= measured["crowd"] < CROWD
