# SPDX-License-Identifier: GPL-3.0-or-later
"""What lives as long as the extension is enabled, with one owner that ends all of it."""

from .data.folder_files import Survey
from .installation import CLIENT
from .jobs.gpu_support import GpuSupportJob
from .scene.preview import Preview


class Session:
    """Owns the worker, the threads, and what running jobs share with the panels. It can be used again after `end`."""

    def __init__(self):
        self.client = CLIENT
        self.folder_scan = Survey()
        self.preview = Preview()
        self.gpu_support: GpuSupportJob | None = None  # the installation or removal that is running

    def end(self) -> None:
        """End everything that runs. Waits some seconds for the worker at most."""
        if self.gpu_support:
            self.gpu_support.hang_up()
            self.gpu_support = None
        self.folder_scan.forget()
        self.preview.clear()
        self.client.end(wait=True)


SESSION = Session()
