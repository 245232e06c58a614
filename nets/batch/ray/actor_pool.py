# SPDX-License-Identifier: GPL-3.0-or-later
"""A pool of Ray actors, one model each. Dead actors are replaced, and their files are given to others."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from nets.batch.file_capturer import RunSettings
from nets.batch.listing import Source
from nets.batch.ray.file_transfer import FileTransfer
from nets.environment import SETTINGS
from nets.errors import CaptureError, EngineError
from nets.interface.text import printable
from nets.io.report import InputEntry

IN_FLIGHT = 2  # files that an actor on a CPU has at once: one is read while another is captured
GPU_IN_FLIGHT = 16  # files that an actor on a GPU has at once: they go through the network together
MOST_DEATHS = 3  # of actors that had a file: after these the file is taken to be the cause


class CaptureActor:
    """A process on some machine of the cluster that captures files with its own model."""

    def __init__(self, settings: RunSettings, transfer: FileTransfer):
        self.settings, self.transfer = settings, transfer

    def load(self) -> None:
        """Load the model. Raises CaptureError if that fails."""
        self.transfer.enter_folder()
        self.capturer = self.settings.load_capturer()

    def capture(self, source: Source) -> list[InputEntry]:
        return self.transfer.capture(source, self.settings, self.capturer)


class ActorPool:
    """`count` actors; None means one per GPU of the cluster, or one per CPU if it has no GPU."""

    def __init__(self, settings: RunSettings, transfer: FileTransfer, count: int | None = None):
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0)) if settings.device != "cpu" else 0
        self.count = count or gpus or max(int(resources.get("CPU", 0)), 1)
        self._in_flight = GPU_IN_FLIGHT if gpus else IN_FLIGHT  # files per actor
        self._actor_class = ray.remote(
            num_cpus=1,
            num_gpus=min(gpus, 1),
            max_concurrency=self._in_flight,
            runtime_env={"env_vars": {name: os.environ.get(name, value) for name, value in SETTINGS.items()}},
        )(CaptureActor)
        self._settings, self._transfer = settings, transfer
        self._failed_starts = 0  # since an actor last became ready
        self._starting: dict[ray.ObjectRef, ray.actor.ActorHandle] = {}  # answer -> actor that is not ready yet

    def capture(self, sources: list[Source]) -> Iterator[list[InputEntry]]:
        """Yield the entries of each source as they are done. Raises CaptureError without a model or on a full disk."""
        queue, deaths = deque(sources), Counter()
        free = []  # each actor as often as it can take a file
        working = {}  # answer -> actor, source
        for _ in range(min(self.count, len(sources))):
            self._start_actor()
        while queue or working:
            while free and queue:
                actor, source = free.pop(), queue.popleft()
                working[actor.capture.remote(source)] = actor, source
            [answer], _ = ray.wait([*working, *self._starting])
            if answer in self._starting:
                if actor := self._on_started(answer):
                    free += [actor] * self._in_flight
                continue
            actor, source = working.pop(answer)
            try:
                entries = ray.get(answer)
            except RayTaskError as error:
                raise error_of(error) from None
            except RayActorError:
                if all(each is not actor for each, _ in working.values()):  # the last of the files that it had
                    free = [each for each in free if each is not actor]
                    self._start_actor()
                deaths[source] += 1
                if deaths[source] < MOST_DEATHS:
                    queue.append(source)
                    continue
                entries = [InputEntry(printable(source.path))]
                entries[0].fail(CaptureError(f"{MOST_DEATHS} workers died while they had this file"))
            else:
                free.append(actor)
            yield entries

    def _start_actor(self) -> None:
        actor = self._actor_class.remote(self._settings, self._transfer)
        self._starting[actor.load.remote()] = actor

    def _on_started(self, answer: ray.ObjectRef) -> ray.actor.ActorHandle | None:
        """Return the actor that has become ready; if it died, start another, and return None."""
        actor = self._starting.pop(answer)
        try:
            ray.get(answer)
        except RayTaskError as error:
            raise error_of(error) from None
        except RayError as error:  # its machine died meanwhile, or no process can start there
            self._failed_starts += 1
            if self._failed_starts >= MOST_DEATHS * self.count:
                remedy = "Install the project and requirements/worker.txt and ray.txt on every machine"
                raise EngineError(f"no worker starts on the cluster ({error})", remedy=remedy) from None
            self._start_actor()
            return None
        self._failed_starts = 0
        return actor


def error_of(error: RayTaskError) -> CaptureError:
    """Return the error that was raised on another machine, as a CaptureError."""
    cause = error.cause
    return cause if isinstance(cause, CaptureError) else CaptureError(f"unexpected error in a worker: {cause!r}")
