# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder imported with the built zip in a real Blender window, worked by simulated events."""

PHOTOS = 6
LONGEST_STALL = 2.0  # seconds; software OpenGL draws slowly


def test_import_of_a_folder_in_a_window(blender, work_window, portrait, tmp_path):
    first, second = tmp_path / "shoot", tmp_path / "second"
    fill(first, portrait, PHOTOS)
    (first / "notes.txt").write_text("call the studio")
    (first / "broken.jpg").write_bytes(b"this is no picture")
    fill(second, portrait, 30)  # Esc has to come before the last, however quick the machine
    measured = work_window(blender, "window_folder.py", first, second)
    print(measured)
    # A window that waits for the worker stands still for most of the job, however busy the machine is.
    assert measured["stall"] <= max(LONGEST_STALL, measured["seconds"] / 2)


def fill(folder, portrait, count):
    """The same portrait in other bytes: readers pass over what follows the picture."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02}.png").write_bytes(portrait.read_bytes() + bytes([number]))
