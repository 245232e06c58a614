# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives as long as the extension is enabled, with one owner that ends all of it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .data.folder_files import FolderScan
from .installation import worker_setup
from .jobs.bake import InterruptedBake
from .jobs.gpu_support import GpuSupportJob
from .scene.live import LivePuppet
from .scene.preview import PreviewIcon
from .worker import Client, Request

THREADS = 2


@dataclass
class DragState:
    """What the user is dragging on a photo, in the photo's pixels, for the overlay to draw.

    landmark: its number, x and y; box: left, top, right and bottom.
    """

    landmark: tuple[int, float, float] | None = None
    box: tuple[float, float, float, float] | None = None

    def clear(self) -> None:
        self.landmark = self.box = None


class Session:
    """Owns the worker, the threads, and what running jobs share with the panels. It can be used again after `end`.

    live: the character that live capture moves, while it runs; interrupted_bake: what the user can resume;
    gpu_support: the installation or removal that is running. None of it is Blender data, which an undo or another file
    would invalidate.
    """

    def __init__(self):
        self.client = Client()
        self.folder_scan = FolderScan()
        self.preview = PreviewIcon()
        self.drag = DragState()
        self.live: LivePuppet | None = None
        self.interrupted_bake: InterruptedBake | None = None
        self.gpu_support: GpuSupportJob | None = None
        self._threads: ThreadPoolExecutor | None = None

    def request(self, message: dict, arrays: dict | None = None) -> Request:
        """Send a request to the worker, which is started if necessary. Raises WorkerError."""
        return self.client.request(worker_setup(), message, arrays)

    @property
    def threads(self) -> ThreadPoolExecutor:
        """The threads for work that needs no Blender."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(THREADS, "prnet")
        return self._threads

    def end(self) -> None:
        """End everything that runs. Waits for the worker, some seconds at most."""
        if self.gpu_support:
            self.gpu_support.hang_up()
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)
        self.gpu_support = self.interrupted_bake = self.live = self._threads = None
        self.drag.clear()
        self.folder_scan.forget()
        self.preview.clear()
        self.client.end(wait=True)


SESSION = Session()
