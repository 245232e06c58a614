# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture on the face model's mesh, by the worker that comes in the zip, in a real Blender window."""

import shutil

import pytest

from nets.topology.face_model import FaceModelError, find_face_model


def test_captures_come_on_the_animator_s_topology(blender, work_window, portrait, tmp_path):
    try:
        face_model = shutil.copy(find_face_model(), tmp_path)
    except FaceModelError as error:
        pytest.skip(str(error))
    work_window(blender, "window_topology.py", portrait, face_model)
