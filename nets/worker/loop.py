# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker: `python -m nets.worker`, a child process that speaks nets.interface.protocol over stdin and stdout.

A thread reads requests, so that a cancel is heard while a face is being made; the main thread does the jobs in turn.
The worker ends when told to quit or when its stdin closes. Only protocol messages reach stdout; stderr is its log.
"""

from __future__ import annotations

import os
import platform
import queue
import sys
import threading
import traceback
from pathlib import Path
from typing import BinaryIO

from nets.interface import protocol

NICENESS = 15  # Blender's window comes first where there are not cores enough for both
JOBS = {"reconstruct", "track", "merge", "correct", "find", "put_on_model", "install_face_model", "self_test"}


class Worker:
    def __init__(self, requests: BinaryIO, answers: BinaryIO):
        self.requests, self.answers = requests, answers
        self.jobs: queue.Queue[tuple[dict, dict]] = queue.Queue()
        self.writing = threading.Lock()
        self.cancelled: set = set()
        self.engines: dict[str, tuple] = {}  # model -> (bundle, engine): loaded once, kept for the next job
        self.capturers: dict[tuple, object] = {}  # (model, options) -> Capturer: its meshes take a quarter of a second
        self.head_makers: dict[str, object] = {}  # model -> HeadMaker

    def run(self) -> None:
        self.send(self.hello())
        threading.Thread(target=self.listen, name="listen", daemon=True).start()
        while True:
            self.do(*self.jobs.get())

    def hello(self) -> dict:
        from nets.model.bundle import available_bundles
        from nets.model.engines import choose_engine, gpu_name, why_no_gpu

        return {
            "type": "hello",
            "protocol": protocol.PROTOCOL,
            "version": protocol.VERSION,
            "python": platform.python_version(),
            "engine": choose_engine(),
            "device": gpu_name() or "cpu",
            "reason": why_no_gpu(),
            "models": available_bundles(),
        }

    def listen(self) -> None:
        """Requests -> the queue; cancels at once. At the end of the requests the process ends, whatever it is doing."""
        try:
            while (request := protocol.read(self.requests)) is not None:
                message, _ = request
                if message["type"] in JOBS:
                    self.jobs.put(request)
                elif message["type"] == "cancel":
                    self.cancelled.add(message.get("job"))
                elif message["type"] == "quit":
                    break
                else:
                    self.send({"type": "warning", "message": f"unknown request {message['type']!r}"})
        except protocol.ProtocolError:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)  # the client is gone or wants no more: nobody would read the rest of a running job

    def do(self, job: dict, arrays: dict) -> None:
        """One request, from its first photo or frame to `done`."""
        from nets.errors import CaptureError

        name = job.get("job")
        try:
            match job["type"]:
                case "reconstruct":
                    self.reconstruct(name, job["paths"], job.get("options") or {})
                case "track":
                    self.track(name, job)
                case "merge":
                    self.merge(name, job)
                case "correct" | "find":
                    self.correct(name, job)
                case "put_on_model":
                    self.put_on_model(name, job, arrays)
                case "install_face_model":
                    self.install_face_model(name, job)
                case "self_test":
                    self.self_test(name)
        except CaptureError as error:
            self.send_error(name, error)
        except Exception as error:
            traceback.print_exc()
            self.send_error(name, CaptureError(f"unexpected error in the worker: {error!r}", remedy="See the log file"))
        self.send({"type": "done", "job": name, "cancelled": name in self.cancelled})
        self.cancelled.discard(name)

    def reconstruct(self, job: int, paths: list[str], options: dict) -> None:
        from nets.capture.finding import find_faces
        from nets.io.pictures import expand, read_pictures
        from nets.io.report import InputEntry, recorded
        from nets.io.stopwatch import Stopwatch
        from nets.worker.face_message import face_message

        boxes = options.get("boxes") or {}
        files = expand(paths)
        self.progress(job, 0, len(files), files[0] if files else "", "load")
        capturer = self.capturer(options)
        maker = self.head_maker(options) if options.get("topology") == "model" else None
        for done, picture in enumerate(read_pictures(files)):
            if job in self.cancelled:
                return
            self.progress(job, done, max(len(files), done + 1), picture.path, "detect")
            entry, clock = InputEntry.of(picture), Stopwatch()
            clock.ms["read"] = picture.read_ms
            with recorded(entry):
                for index, estimate in enumerate(find_faces(picture, boxes, capturer, clock)):
                    if job in self.cancelled:
                        return
                    self.progress(job, done, max(len(files), done + 1), picture.path, "mesh")
                    with clock.measure("mesh"):
                        face = capturer.build(picture.photo, estimate)
                    entry.add_face(face.summary(), None)
                    message, arrays = face_message(face, picture.path, index, picture.frame)
                    self.send({**message, "job": job}, arrays)
                    if maker:
                        self.send_on_model(job, maker, {**face.arrays(), "vertices": face.canonical_vertices()})
            entry.ms = clock.ms
            self.send({"type": "input", "job": job, **entry.to_json(), "path": str(picture.path)})

    def track(self, job: int, request: dict) -> None:
        from nets.model.bundle import DEFAULT_BUNDLE
        from nets.worker.track import track_job

        options = request.get("options") or {}
        self.progress(job, 0, 1, "", "load")
        capturer = self.capturer(options)
        bundle, _ = self.engines[options.get("model") or DEFAULT_BUNDLE]
        for message, arrays in track_job(request, capturer, bundle.weights_digest, lambda: job in self.cancelled):
            self.send({**message, "job": job}, arrays)

    def merge(self, job: int, request: dict) -> None:
        from nets.merge.merging import Merger
        from nets.model.bundle import DEFAULT_BUNDLE
        from nets.worker.merge import merge_job

        options = {**(request.get("options") or {}), "faces": "largest"}
        self.progress(job, 0, 1, "", "load")
        capturer = self.capturer(options)
        bundle, _ = self.engines[options.get("model") or DEFAULT_BUNDLE]
        for message, arrays in merge_job(request, Merger(capturer, bundle), lambda: job in self.cancelled):
            self.send({**message, "job": job}, arrays)

    def put_on_model(self, job: int, request: dict, arrays: dict) -> None:
        self.progress(job, 0, 1, "", "mesh")
        self.send_on_model(job, self.head_maker(request.get("options") or {}), arrays)

    def send_on_model(self, job: int, maker, arrays: dict) -> None:
        from nets.worker.put_on_model import put_on_model

        message, made = put_on_model(maker, arrays)
        self.send({**message, "job": job}, made)

    def install_face_model(self, job: int, request: dict) -> None:
        from nets.topology.download import UPSTREAM, install_face_model

        for done, total, name in install_face_model(request.get("source") or UPSTREAM, Path(request["folder"])):
            if job in self.cancelled:
                return
            self.progress(job, done, total, name, "install")
        self.head_makers.clear()

    def head_maker(self, options: dict):
        from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
        from nets.topology.head import HeadMaker

        model = options.get("model") or DEFAULT_BUNDLE
        if model not in self.head_makers:
            self.head_makers[model] = HeadMaker(load_bundle(model).layout)
        return self.head_makers[model]

    def self_test(self, job: int) -> None:
        from nets.worker.self_test import self_test

        for message in self_test():
            self.send({**message, "job": job})

    def fall_back(self, reason: str, spare) -> None:
        """Correct what the greeting said: the GPU has failed, and another engine goes on."""
        self.send({"type": "engine", "engine": spare.name, "device": spare.device, "reason": reason})
        self.send({"type": "warning", "message": reason})

    def correct(self, job: int, request: dict) -> None:
        from nets.worker.correct import correct_job, find_job

        self.progress(job, 0, 1, "", "load")
        options = {**(request.get("options") or {}), "faces": "all"}
        capturer = self.capturer(options)
        if request["type"] == "find":
            messages = find_job(request, capturer)
        else:
            messages = correct_job(request, capturer, lambda: job in self.cancelled, lambda: self.head_maker(options))
        for message, arrays in messages:
            self.send({**message, "job": job}, arrays)

    def capturer(self, options: dict):
        from nets.capture.capturer import CaptureOptions, Capturer
        from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
        from nets.model.engines import load_engine

        model = options.get("model") or DEFAULT_BUNDLE
        if model not in self.engines:
            bundle = load_bundle(model)
            self.engines[model] = bundle, load_engine(bundle, on_fallback=self.fall_back)
        bundle, engine = self.engines[model]
        wanted = {key: options[key] for key in ("faces", "density", "texture_size", "detector") if key in options}
        key = model, CaptureOptions(**wanted)
        if key not in self.capturers:
            self.capturers[key] = Capturer(engine, bundle.layout, bundle.input_size, key[1])
        return self.capturers[key]

    def progress(self, job: int, done: int, total: int, path: Path | str, stage: str) -> None:
        self.send({"type": "progress", "job": job, "done": done, "total": total, "path": str(path), "stage": stage})

    def send_error(self, job: int | None, error) -> None:
        message = error.message if error.path is None else f"{error.path}: {error.message}"
        self.send({"type": "error", "job": job, "message": message, "remedy": error.remedy})

    def send(self, message: dict, arrays: dict | None = None) -> None:
        try:
            with self.writing:
                protocol.write(self.answers, message, arrays)
        except OSError:  # the client closed its end
            os._exit(0)


def main() -> None:
    if hasattr(os, "nice"):  # on Windows its parent sees to it
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that no library's print can disturb the protocol
    Worker(sys.stdin.buffer, answers).run()
