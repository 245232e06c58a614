# SPDX-License-Identifier: GPL-3.0-or-later
"""Jitter, lag and errors of baked clips.

Jitter is measured on one photo played with noise, lag on a synthetic person who turns the head by known angles. Errors
of weights are measured on a person who talks, blinks, smiles, frowns and looks around by known weights of the face
model, solved with the face model and predicted by the network alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.interface.live_link import head_angles
from nets.lab.accuracy.performance import gaze_error
from nets.lab.synth.actor import ActedFrame, Actor
from nets.lab.synth.face import rotation_matrix
from nets.model.bundle import Bundle
from nets.performance import blendshape_solver
from nets.performance.bake import bake
from nets.performance.events import BakeOptions, Performed
from nets.performance.performance import Performance
from nets.topology import arkit
from nets.topology.arkit import NAMES, blendshape_name
from nets.topology.face_model import load_face_model

STILL_SIDE = 450  # pixels of the photo that is played
NOISE = 5.0  # grey levels
STILL_FRAMES, TURN_FRAMES, TALK_FRAMES = 100, 120, 120
TURN = np.radians(35)
TURN_PERIOD = 60  # frames
NEAR = 6  # frames on either side of a true peak in which the found one is searched
SMOOTHING = 0.5
EXCURSION = 0.15  # weight by which a single frame leaves both of its neighbours


@dataclass(frozen=True)
class ClipBaker:
    """Bakes pictures as users bake clips."""

    bundle: Bundle
    capturer: Capturer

    def bake(self, pictures: Iterable[np.ndarray]) -> tuple[Performance, Performance]:
        """Bake pictures as a lossless clip, without and with smoothing."""
        with tempfile.TemporaryDirectory() as folder:
            path, writer, count = Path(folder) / "clip.mkv", None, 0
            for picture in pictures:
                if writer is None:
                    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"FFV1"), 25, picture.shape[1::-1])
                writer.write(np.ascontiguousarray(picture[..., ::-1]))
                count += 1
            writer.release()
            wall, processor = perf_counter(), process_time()
            raw = self._bake(path, folder, 0.0)
            wall, processor = perf_counter() - wall, process_time() - processor
            print(f"  {count} frames: {count / wall:.1f} frames/s, {1e3 * processor / count:.1f} ms of processor each")
            return raw, self._bake(path, folder, SMOOTHING)

    def _bake(self, path: Path, folder: str, smoothing: float) -> Performance:
        options = BakeOptions(smoothing=smoothing)
        events = bake([path], (0, None, 1), self.capturer, self.bundle.weights_digest, options, Path(folder) / "cache")
        return next(event.performance for event in events if isinstance(event, Performed))

    def landmarks(self, performance: Performance) -> np.ndarray:
        """Return the landmarks (F, 68, 3) of the baked mesh, image space, pixels."""
        apart = np.abs(self.capturer.mesh.texels[:, None] - self.capturer.layout.landmarks).max(-1)
        vertices = apart.argmin(0)
        motion = np.tensordot(performance.weights, performance.basis[:, vertices], 1)
        shapes = performance.neutral[vertices] + motion
        return np.stack([performance.pose(row).apply(shape) for row, shape in enumerate(shapes)])


def check_still(baker: ClipBaker, photo: np.ndarray, name: str) -> None:
    """Print the jitter of landmarks and gaze on a photo that does not move."""
    print(f"still, {name} at {STILL_SIDE} pixels, noise of {NOISE} grey levels")
    scale = STILL_SIDE / max(photo.shape[:2])
    photo = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    raw, smoothed = baker.bake(with_noise([photo] * STILL_FRAMES))
    places = {"network": raw.landmarks68, "baked": baker.landmarks(raw), "smoothed": baker.landmarks(smoothed)}
    figures = ", ".join(f"{name} {jitter(landmarks):.3f}" for name, landmarks in places.items())
    print(f"  landmark jitter, pixels: {figures} (aim: 0.15, smoothed 0.05)")
    jitters = [np.degrees(each.gaze.std(0).max()) for each in (raw, smoothed)]
    print("  gaze jitter, degrees: network {:.2f}, smoothed {:.2f}".format(*jitters))


def check_turn(baker: ClipBaker, actor: Actor, name: str) -> None:
    """Print the lag and the amplitude of the head's yaw."""
    print(f"turn, {name}: yaw of ±{np.degrees(TURN):.0f}° in {TURN_PERIOD} frames")
    yaw = TURN * np.sin(2 * np.pi * np.arange(TURN_FRAMES) / TURN_PERIOD)
    rest = np.zeros(53, np.float32)
    frames = [actor.act(rotation_matrix(each, 0, 0), rest, np.zeros((2, 2))) for each in yaw]
    raw, smoothed = baker.bake(with_noise(frame.picture for frame in frames))
    predicted, baked = (head_angles(performance.rotation)[:, 0] for performance in (raw, smoothed))
    for found, true, which in (
        (predicted, yaw, "network, of the truth"),
        (baked, predicted, "smoothed, of the network's"),
    ):
        lag, amplitude = lag_and_amplitude(found, true)
        print(f"  {which}: lag {lag:+.2f} frames, amplitude {100 * amplitude:.1f} % (aim: 0.5, 98 %)")
    print(f"  landmark error {landmark_error(raw, frames):.2f} %")


def check_weights(baker: ClipBaker, actor: Actor, name: str) -> None:
    """Print the errors of expression weights and gaze."""
    print(f"weights, {name}")
    names = load_face_model().expression_names
    gaze = wandering_gaze()
    expressions = np.clip(talking_weights(names) + eye_look_weights(gaze, names), 0, 1)
    sway = 0.1 * np.sin(np.arange(TALK_FRAMES) / 13)
    frames = [
        actor.act(rotation_matrix(turn, 0, 0), *shown) for turn, *shown in zip(sway, expressions, gaze, strict=True)
    ]
    true = np.zeros((TALK_FRAMES, len(NAMES)))
    for k, each in enumerate(names):
        column = true[:, NAMES.index(blendshape_name(each))]
        np.maximum(column, expressions[:, k], out=column)
    raw, smoothed = baker.bake(with_noise(frame.picture for frame in frames))
    said = blendshape_solver.predicted_weights(smoothed.expression, arkit.look_weights(smoothed.gaze))
    for found, how in ((smoothed.arkit, "face model"), (said, "network alone")):
        compare_weights(found, true, how)
    opened = expressions[:, names.index("eyeBlink_L")] < 0.3
    open_eyes = np.repeat(opened[:, None], 2, 1)
    figures = [gaze_error(each, gaze, open_eyes) for each in (raw.gaze, smoothed.gaze, np.zeros_like(gaze))]
    print("  gaze error, degrees: network {:.1f}, smoothed {:.1f}, straight ahead {:.1f}".format(*figures))
    for axis, name in enumerate(("yaw", "pitch")):
        lag, amplitude = lag_and_amplitude(smoothed.gaze[:, 0, axis], gaze[:, 0, axis])
        print(f"  gaze {name}: lag {lag:+.1f} frames, amplitude {100 * amplitude:.0f} %")
    print(f"  landmark error {landmark_error(raw, frames):.2f} %")


def compare_weights(found: np.ndarray, true: np.ndarray, how: str) -> None:
    """Print the errors of weights (F, 52) against the true ones."""
    error, moved = np.abs(found - true), true.max(0) > 0
    print(f"  {how}: mean error {error.mean():.3f} (aim: 0.08); of those that move {error[:, moved].mean():.3f}")
    print(f"    single-frame excursions {100 * excursions(found, true) / len(true):.1f} in 100 frames (aim: 1)")
    for each in np.array(NAMES)[moved]:
        k = NAMES.index(each)
        offs = ", ".join(f"{late:+d}" for late in peak_delays(found[:, k], true[:, k]))
        most = found[:, k].max()
        print(f"    {each:18} error {error[:, k].mean():.3f}, most {most:.2f} of {true[:, k].max():.2f}, peaks {offs}")


def excursions(found: np.ndarray, true: np.ndarray) -> int:
    """Return in how many frames and columns a found signal (F, B) leaves both of its neighbours to the same side by
    more than EXCURSION, while the true one (F, B) goes on or turns by less than half of that."""

    def peaks(values: np.ndarray) -> np.ndarray:
        before, after = values[1:-1] - values[:-2], values[1:-1] - values[2:]
        return np.where(before * after > 0, np.minimum(np.abs(before), np.abs(after)), 0)

    return int(((peaks(found) > EXCURSION) & (peaks(true) < EXCURSION / 2)).sum())


def talking_weights(names: tuple[str, ...]) -> np.ndarray:
    """Return weights (F, 53) of the face model that move lively for a few seconds."""
    t = np.arange(TALK_FRAMES)

    def bump(middle: float, width: float) -> np.ndarray:
        return np.exp(-0.5 * ((t - middle) / width) ** 2)

    motions = {
        "jawOpen": 0.6 * np.sin(np.pi * t / 20) ** 2 * (t >= 20),
        "eyeBlink": bump(30, 1.2) + bump(75, 1.2),
        "mouthSmile": 0.8 * np.interp(t, [40, 55, 80, 95], [0, 1, 1, 0]),
        "browInnerUp": 0.8 * bump(60, 6),
        "browOuterUp": 0.8 * bump(60, 6),
        "browDown": 0.8 * bump(12, 4),
        "mouthPucker": 0.8 * bump(108, 5),
    }
    weights = [motions.get(name.partition("_")[0], np.zeros(TALK_FRAMES)) for name in names]
    return np.clip(np.stack(weights, 1), 0, 1).astype(np.float32)


def wandering_gaze() -> np.ndarray:
    """Return a gaze (F, 2, 2), radians, that jumps to the sides, up and down, and then moves slowly across."""
    t = np.arange(TALK_FRAMES)
    yaw = (
        0.35 * ((t >= 15) & (t < 30)) - 0.35 * ((t >= 45) & (t < 60)) + np.interp(t, [80, 110], [-0.3, 0.3]) * (t >= 80)
    )
    pitch = 0.2 * ((t >= 38) & (t < 52)) - 0.25 * ((t >= 62) & (t < 74))
    return np.repeat(np.stack([yaw, pitch], 1)[:, None], 2, 1).astype(np.float32)


def eye_look_weights(gaze: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return the weights (F, 53) of the face model's eyeLook shapes for a gaze (F, 2, 2), radians."""
    weights = np.zeros((len(gaze), len(names)), np.float32)
    looks = dict(zip(arkit.EYE_LOOKS, arkit.look_weights(gaze).T, strict=True))
    for k, name in enumerate(names):
        weights[:, k] = looks.get(blendshape_name(name), 0)
    return weights


def with_noise(pictures: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
    """Add Gaussian noise to pictures."""
    rng = np.random.default_rng(0)
    for picture in pictures:
        noise = rng.standard_normal(picture.shape, np.float32) * NOISE
        yield np.clip(picture + noise + 0.5, 0, 255).astype(np.uint8)


def jitter(landmarks: np.ndarray) -> float:
    """Return the root mean square distance, pixels, of landmarks (F, 68, 3) from their mean places."""
    places = landmarks[..., :2]
    return float(np.sqrt(((places - places.mean(0)) ** 2).sum(-1).mean()))


def lag_and_amplitude(found: np.ndarray, true: np.ndarray) -> tuple[float, float]:
    """Return the lag of a signal (F,) in frames, and its amplitude over the true one's, by least squares."""
    columns = np.stack([true, -np.gradient(true), np.ones_like(true)], 1)
    amplitude, late, _ = np.linalg.lstsq(columns, found, rcond=None)[0]
    return late / amplitude, amplitude


def peak_delays(found: np.ndarray, true: np.ndarray) -> list[int]:
    """Return by how many frames each found peak comes after the true one."""
    inner = true[1:-1]
    peaks = 1 + np.flatnonzero((inner > true[:-2]) & (inner >= true[2:]) & (inner > 0.5 * true.max()))
    return [int(found[max(p - NEAR, 0) : p + NEAR + 1].argmax()) - min(NEAR, int(p)) for p in peaks]


def landmark_error(performance: Performance, frames: list[ActedFrame]) -> float:
    """Return the mean distance of the landmarks in % of the side of the true landmarks' box."""
    true = np.stack([frame.landmarks68 for frame in frames])[..., :2]
    side = np.sqrt(np.ptp(true, axis=1).prod(1))
    apart = np.linalg.norm(performance.landmarks68[..., :2] - true, axis=-1).mean(1)
    return float(100 * (apart / side).mean())
