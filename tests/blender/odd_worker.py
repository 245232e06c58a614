# SPDX-License-Identifier: GPL-3.0-or-later
"""A real child process that speaks the protocol and misbehaves as its argument says.

Run as `python -m tests.blender.odd_worker BEHAVIOUR` with the repository's root as PYTHONPATH.
"""

import os
import signal
import sys
import time

from nets.interface import protocol

behaviour = sys.argv[1]
out, requests = sys.stdout.buffer, sys.stdin.buffer
sys.stdout = sys.stderr


def say(kind, **entries):
    protocol.write(out, {"type": kind, **entries})


def wait_for(kind):
    while message := protocol.read(requests):
        if message[0]["type"] == kind:
            return message[0]
        if message[0]["type"] == "quit":
            break
    raise SystemExit


if behaviour == "says nothing":
    time.sleep(600)
if behaviour == "prints text":
    out.write(b"Welcome to Python!\n")
    out.flush()
    time.sleep(600)
if behaviour == "lacks a package":
    raise ModuleNotFoundError("No module named 'torch'")

say(
    "hello",
    protocol=protocol.PROTOCOL,
    version="0.0.9" if behaviour == "is of another version" else protocol.VERSION,
    python=sys.version.split()[0],
    engine="odd",
    device="cpu",
    models=[],
)

if behaviour == "tracks three frames":
    request = wait_for("track")
    for done in (1, 2, 3):
        say("progress", job=request["job"], stage="track", done=done, total=6, rate=2.0, left_s=70.0)
    wait_for("cancel")
    say("done", job=request["job"], cancelled=True)
    wait_for("quit")

while True:
    request = wait_for("reconstruct")
    job, paths = request["job"], request["paths"]
    for done, path in enumerate(paths):
        say("progress", job=job, done=done, total=len(paths), path=path, stage="detect")
        if behaviour == "dies in mid-request":
            print("out of memory, says the odd worker", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour == "dies at deadly photos" and "deadly" in path:
            os.kill(os.getpid(), signal.SIGKILL)
        if behaviour == "hangs in mid-request":
            time.sleep(600)
        if behaviour == "gives up":
            say("error", job=job, message="model.safetensors is damaged", remedy="Install the extension again.")
            break
        if behaviour == "can be cancelled":
            wait_for("cancel")
            say("done", job=job, cancelled=True)
            break
        say("input", job=job, path=path, status="no_face", faces=[])
    else:
        say("done", job=job, cancelled=False)
