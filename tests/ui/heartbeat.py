# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the window is alive."""

import time

import bpy


class Heartbeat:
    """Ticks whenever Blender's event loop comes round; `longest` is the longest silence in seconds."""

    def __init__(self):
        self.longest, self.beating = 0.0, True
        last = time.monotonic()

        def tick():
            nonlocal last
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last), now
            return 0.02 if self.beating else None

        bpy.app.timers.register(tick)
