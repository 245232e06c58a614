# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's process: started, spoken to and ended.

No call here waits for the worker, except `end(wait=True)`. Two daemon threads stand between the pipes and the caller:
one reads into a short queue, one writes from a queue. A worker that neither reads nor writes cannot stop the window.
"""

import contextlib
import io
import os
import queue
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from ..interface import protocol
from .errors import WorkerError

START_SECONDS = 180.0  # a first import of torch from a cold disk is slow
QUIT_SECONDS = 2.0
LOG_LIMIT = 1 << 20
LOG_TAIL = 8192  # bytes at the end of the log that an error message is taken from
# On Windows, the worker has no console and runs below Blender's priority. Elsewhere it lowers its own priority.
WINDOWS_FLAGS = sum(getattr(subprocess, name, 0) for name in ("CREATE_NO_WINDOW", "BELOW_NORMAL_PRIORITY_CLASS"))
RUN_WORKER = ("-m", "nets.worker")
REINSTALL = "Restart Blender; if that does not help, install the extension again."


@dataclass(frozen=True)
class WorkerSetup:
    """How a worker is started.

    python: the interpreter; root: the folder that holds nets/ and blender_prnet/; log: the log file; arguments: those
    of the interpreter; packages: a folder of packages in addition to those of the interpreter.
    """

    python: Path
    root: Path
    log: Path
    arguments: tuple[str, ...] = RUN_WORKER
    packages: Path | None = None


class WorkerProcess:
    """A running worker.

    `hello` is None until the worker's first message has arrived, then that message, with the engine kept up to date.
    """

    def __init__(self, setup: WorkerSetup):
        self.setup = setup
        self.hello: dict | None = None
        self._deadline = time.monotonic() + START_SECONDS
        self._inbox = queue.Queue(maxsize=16)  # a full inbox holds the worker back
        self._outbox: queue.Queue[bytes | None] = queue.Queue()
        self._ended = threading.Event()
        self._process = self._start()
        for loop in (self._read_loop, self._write_loop):
            threading.Thread(target=loop, name=f"prnet {loop.__name__}", daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._ended.is_set() and self._process.poll() is None

    def send(self, message: dict, arrays: dict | None = None) -> None:
        """Queue a message. Raises WorkerError if it cannot be expressed in the protocol."""
        encoded = io.BytesIO()
        try:
            protocol.write(encoded, message, arrays)
        except (protocol.ProtocolError, TypeError, ValueError) as error:
            raise WorkerError(f"The request cannot be sent to the worker: {error}.", "Please report this.") from error
        self._outbox.put(encoded.getvalue())

    def receive(self) -> tuple[dict, dict] | None:
        """Return the next (message, arrays), or None if there is none yet.

        Raises WorkerError when there will be no more.
        """
        try:
            received = self._inbox.get_nowait()
        except queue.Empty:
            if self.hello is None and time.monotonic() > self._deadline:
                raise self.failure(f"The worker did not start within {START_SECONDS:.0f} s.") from None
            return None
        if received is None:
            raise self.failure(f"The worker stopped{self._exit_code()}.")
        if isinstance(received, Exception):
            raise self.failure(f"The worker's output cannot be read: {received}.")
        if received[0]["type"] == "hello":
            self._check(received[0])
        elif received[0]["type"] == "engine":
            self.hello |= received[0]
        return received

    def failure(self, message: str) -> WorkerError:
        """Kill the process and return the error to raise: `message` and the last lines of the log."""
        self.kill()
        lines = self.log_tail()
        if lines:
            message += " The last lines of its log: " + " | ".join(lines)
        return WorkerError(message, f"The log is {self.setup.log}. The next capture starts a new worker.")

    def log_tail(self, lines: int = 3) -> list[str]:
        """Return the last non-empty lines that this worker wrote to its log."""
        try:
            with open(self.setup.log, "rb") as log:
                log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - LOG_TAIL))
                text = log.read().decode("utf-8", "replace")
        except OSError:
            return []
        return [line.strip() for line in text.splitlines() if line.strip()][-lines:]

    def end(self, wait: bool = False) -> None:
        """Ask the worker to quit, and kill it if it has not done so after a while. wait: return when it has ended."""
        self.send({"type": "quit"})
        self._outbox.put(None)
        if wait:  # in this thread: when Python ends, no other can be started
            self._kill_if_slow()
        else:
            threading.Thread(target=self._kill_if_slow, name="prnet end", daemon=True).start()

    def hang_up(self) -> None:
        """Close the worker's stdin; it ends by itself then."""
        self._outbox.put(None)

    def kill(self) -> None:
        self._ended.set()
        self._outbox.put(None)
        self._process.kill()

    def _kill_if_slow(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(QUIT_SECONDS)
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):  # the system may be busy with its memory
            self._process.wait(QUIT_SECONDS)

    def _start(self):
        setup = self.setup
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
        path = os.pathsep.join(str(folder) for folder in (setup.root, setup.packages) if folder)
        # The thread pools would otherwise spin between jobs and take processor time from Blender.
        environment.update(PYTHONPATH=path, PYTHONUTF8="1", OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0")
        environment["PRNET_USER_FOLDER"] = str(setup.log.parent)  # where the face model may be
        try:
            with open(setup.log, "ab") as log:
                if log.tell() > LOG_LIMIT:
                    log.truncate(0)
                self._log_start = log.tell()
                return subprocess.Popen(
                    [str(setup.python), *setup.arguments],
                    cwd=setup.root,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    creationflags=WINDOWS_FLAGS,
                )
        except OSError as error:
            raise WorkerError(
                f"The worker cannot be started: {error}.", "Choose the worker's Python in the extension's preferences."
            ) from error

    def _check(self, hello):
        theirs, ours = (hello.get("protocol"), hello.get("version")), (protocol.PROTOCOL, protocol.VERSION)
        if theirs != ours:
            self.kill()
            raise WorkerError(
                f"The worker is version {theirs[1]} (protocol {theirs[0]}), "
                f"the extension is version {ours[1]} (protocol {ours[0]}).",
                REINSTALL,
            )
        self.hello = hello

    def _exit_code(self):
        code = self._process.poll()
        return " answering" if code is None else f" (exit code {code})"

    def _read_loop(self):
        with self._process.stdout as stream:
            while not self._ended.is_set():
                try:
                    received = protocol.read(stream)
                except (protocol.ProtocolError, OSError, ValueError) as error:
                    self._deliver(error)
                    break
                if received is None:
                    break
                self._deliver(received)
        with contextlib.suppress(subprocess.TimeoutExpired):  # its exit code comes a moment after its last output
            self._process.wait(QUIT_SECONDS)
        self._outbox.put(None)  # the writer has nothing more to wait for
        self._deliver(None)

    def _deliver(self, received):
        while not self._ended.is_set():
            try:
                return self._inbox.put(received, timeout=0.2)
            except queue.Full:
                continue

    def _write_loop(self):
        try:
            with self._process.stdin as stream:
                while (message := self._outbox.get()) is not None:
                    stream.write(message)
                    stream.flush()
        except OSError:
            pass  # the worker has ended, which the reader reports
