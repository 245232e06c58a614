# SPDX-License-Identifier: GPL-3.0-or-later
"""The photos of a folder become heads: listed, sent to the worker in portions, built as they come back."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Executor

from ..data.face import CapturedFace
from ..data.folder_files import FolderError, PhotoListing, PhotoQuery, list_photos, without_duplicates
from ..data.model_head import ModelHead
from ..interface import Status, printable
from ..worker import WorkerError
from .capture import reconstruct
from .head_stream import HeadStream
from .job import BUDGET_SECONDS, Outcome, Screen, Send, SteppedJob, in_words

PHOTOS_PER_REQUEST = 64  # few enough that a stop comes soon, and that one line of the protocol holds their paths


class FolderJob(SteppedJob):
    """Imports photos. `left` are those that were not imported in the end."""

    def __init__(self, send: Send, stream: HeadStream, options: dict, screen: Screen, photos: Iterable[str] = ()):
        """photos: paths, unless they are listed first; options: of the reconstruct requests."""
        super().__init__()
        self._send, self._stream, self._options, self._screen = send, stream, options, screen
        self._unsent = deque(photos)
        self._asked: dict[str, None] = {}  # the photos of the request that have not been answered
        self._faces = []  # of the photo that the worker is processing
        self._crashed = False  # with the photo before
        self._list: Callable[[], Iterable[None]] | None = None

    def list_first(self, query: PhotoQuery, threads: Executor, listed: Callable[[int], None]) -> None:
        """Take the photos of a folder. listed: is called with their number once it is known."""
        self._list = lambda: self._list_photos(query, threads, listed)

    @property
    def left(self) -> tuple[str, ...]:
        return tuple(self._stream.left)

    def start(self) -> None:
        self._stream.expect(self._unsent)
        super().start()

    def conclude(self, error: WorkerError | None) -> Outcome:
        return self._stream.outcome(error)

    def _run(self):
        if self._list:
            yield from self._list()
        queue = self._stream.queue
        while not queue.empty or not (self._stopped or (self._all_answered and not self._unsent)):
            if self._all_answered and self._unsent and not self._stopped:
                self._send_photos()
            if not self._all_answered and not queue.full:
                self._receive()
            self._stream.build()
            yield

    @property
    def _all_answered(self):
        return self._request is None or self._request.finished

    def _list_photos(self, query, threads, listed):
        self._screen.show("Reading the folder")
        listing = threads.submit(lambda: without_duplicates(list_photos(query, self._is_stopped), self._is_stopped))
        while not listing.done():
            yield
        try:
            found: PhotoListing = listing.result()
        except FolderError as error:
            raise WorkerError(str(error)) from error
        for file in found.skipped:
            self._screen.list_failed_file(file.path, file.reason)
        if not found.photos and not self._stopped:
            root = printable(str(query.root))
            raise WorkerError(f"There is no photo to import in {root}.", "Check Names and Subfolders.")
        self._unsent = deque(found.photos)
        self._stream.expect(found.photos)
        listed(len(found.photos))

    def _is_stopped(self):
        return self._stopped

    def _send_photos(self):
        paths = [self._unsent.popleft() for _ in range(min(PHOTOS_PER_REQUEST, len(self._unsent)))]
        self._asked, self._faces = dict.fromkeys(paths), []
        self._request = self._send(reconstruct(paths, self._options))

    def _receive(self):
        queue = self._stream.queue
        try:
            for message, arrays in self._request.pump(BUDGET_SECONDS):
                if message["type"] == "face":
                    origin = self._options["model"], self._request.worker.hello["engine"]
                    self._faces.append(queue.start(CapturedFace.from_message, message, arrays, *origin))
                elif message["type"] == "model_head":
                    self._faces.append(queue.start(ModelHead.from_message, message, arrays))
                elif message["type"] == "input":
                    self._finish_photo(message)
                elif message["type"] == "warning":
                    self._screen.warn(message["message"])
                if queue.full:
                    return
        except WorkerError as error:
            self._leave_out_culprit(error)

    def _finish_photo(self, entry):
        """Put all faces of a photo into the queue at once, so that a resumed import never finds half of them."""
        for face in self._faces:
            self._stream.queue.put(face)
        self._stream.queue.put(entry)
        self._faces = []
        self._asked.pop(entry["path"], None)
        self._crashed = False

    def _leave_out_culprit(self, error):
        """Go on without the photo with which the worker died. If it dies twice in a row, the photo is not to blame."""
        culprit = self._request.current
        if self._request.worker.alive or self._crashed or culprit not in self._asked:
            raise error
        self._faces = []
        self._finish_photo({"path": culprit, "status": Status.FAILED, "error": in_words(error)})
        self._crashed = True
        self._unsent.extendleft(reversed(self._asked))
