# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives while the extension is enabled ends with it, and begins again when it is enabled again."""

import os
import sys
import threading
import time

import bpy
import numpy as np
import pytest

from tests.blender.test_capture import PACKAGE


@pytest.fixture
def session():
    return sys.modules[f"{PACKAGE}.session"].SESSION


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("prnet")]


def test_disabling_the_extension_ends_worker_threads_and_states(session):
    registration = sys.modules[f"{PACKAGE}.registration"]
    assert bpy.ops.prnet.self_test() == {"FINISHED"}
    worker = session.client._worker.pid
    session.threads.submit(time.sleep, 0.1)
    session.preview.show(np.zeros((8, 8, 3), np.uint8))  # Blender complains of pictures that are left at its end
    session.drag.box = (1, 2, 3, 4)
    session.interrupted_bake = "a bake"
    assert threads()

    registration.unregister()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    end = time.monotonic() + 5
    while threads() and time.monotonic() < end:
        time.sleep(0.05)
    assert not threads()
    assert (session.drag.box, session.interrupted_bake, session.gpu_support) == (None, None, None)
    assert not hasattr(bpy.types, "PRNET_PT_capture") and not hasattr(bpy.types.Scene, "prnet")

    registration.register()
    assert hasattr(bpy.types, "PRNET_PT_capture")
    assert bpy.ops.prnet.self_test() == {"FINISHED"}
