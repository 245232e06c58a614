# SPDX-License-Identifier: GPL-3.0-or-later
"""Ray actors that hold the model each, and a list of files that is mapped over them. Whoever dies is replaced as soon
as there is room, and what they had in hand is given to others."""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator

import ray
from ray.exceptions import RayActorError, RayError, RayTaskError

from nets.batch.file_capturer import CaptureSettings
from nets.batch.listing import Source
from nets.batch.ray.file_transfer import Courier
from nets.environment import SETTINGS
from nets.errors import CaptureError, EngineError
from nets.io.report import InputEntry, printable

IN_HAND = 2  # files at a time of an actor on a CPU: one is read while another is worked on
GPU_IN_HAND = 16  # likewise on a GPU: they go through the network together
MOST_DEATHS = 3  # of actors that had the file in hand: then it is the file's fault


class Actor:
    """On some machine of the cluster."""

    def __init__(self, settings: CaptureSettings, courier: Courier):
        self.settings, self.courier = settings, courier

    def get_ready(self) -> None:
        """Raises CaptureError if the model cannot be loaded."""
        self.courier.arrive()
        self.capturer = self.settings.load_capturer()

    def capture(self, source: Source) -> list[InputEntry]:
        return self.courier.capture(source, self.settings, self.capturer)


class Crew:
    """count actors; None: one per GPU of the cluster, or per CPU where it has none."""

    def __init__(self, settings: CaptureSettings, courier: Courier, count: int | None = None):
        resources = ray.cluster_resources()
        gpus = int(resources.get("GPU", 0)) if settings.device != "cpu" else 0
        self.count = count or gpus or max(int(resources.get("CPU", 0)), 1)
        self._in_hand = GPU_IN_HAND if gpus else IN_HAND
        self._kind = ray.remote(
            num_cpus=1,
            num_gpus=min(gpus, 1),
            max_concurrency=self._in_hand,
            runtime_env={"env_vars": {name: os.environ.get(name, value) for name, value in SETTINGS.items()}},
        )(Actor)
        self._settings, self._courier = settings, courier
        self._failures = 0  # to start an actor, since one did
        self._coming: dict[ray.ObjectRef, ray.actor.ActorHandle] = {}  # answer -> actor that is not ready yet

    def capture(self, sources: list[Source]) -> Iterator[list[InputEntry]]:
        """The entries of each source, as they are done. Raises what stops an actor: no model, a full disk."""
        queue, deaths = deque(sources), Counter()
        free = []  # an actor as often as it can take a file
        working = {}  # answer -> actor, source
        for _ in range(min(self.count, len(sources))):
            self._hire()
        while queue or working:
            while free and queue:
                actor, source = free.pop(), queue.popleft()
                working[actor.capture.remote(source)] = actor, source
            [answer], _ = ray.wait([*working, *self._coming])
            if answer in self._coming:
                if actor := self._welcome(answer):
                    free += [actor] * self._in_hand
                continue
            actor, source = working.pop(answer)
            try:
                entries = ray.get(answer)
            except RayTaskError as error:
                raise told(error) from None
            except RayActorError:
                if all(each is not actor for each, _ in working.values()):  # the last that it had in hand
                    free = [each for each in free if each is not actor]
                    self._hire()
                deaths[source] += 1
                if deaths[source] < MOST_DEATHS:
                    queue.append(source)
                    continue
                entries = [InputEntry(printable(source.path))]
                entries[0].fail(CaptureError(f"{MOST_DEATHS} workers died while they had this file"))
            else:
                free.append(actor)
            yield entries

    def _hire(self) -> None:
        actor = self._kind.remote(self._settings, self._courier)
        self._coming[actor.get_ready.remote()] = actor

    def _welcome(self, answer: ray.ObjectRef) -> ray.actor.ActorHandle | None:
        actor = self._coming.pop(answer)
        try:
            ray.get(answer)
        except RayTaskError as error:
            raise told(error) from None
        except RayError as error:  # its machine died meanwhile, or nobody can start there
            self._failures += 1
            if self._failures >= MOST_DEATHS * self.count:
                remedy = "Install the project and requirements/worker.txt and ray.txt on every machine"
                raise EngineError(f"no worker starts on the cluster ({error})", remedy=remedy) from None
            self._hire()
            return None
        self._failures = 0
        return actor


def told(error: RayTaskError) -> CaptureError:
    """What went wrong in an actor."""
    cause = error.cause
    return cause if isinstance(cause, CaptureError) else CaptureError(f"unexpected error in a worker: {cause!r}")
