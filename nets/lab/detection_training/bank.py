# SPDX-License-Identifier: GPL-3.0-or-later
"""Cut-outs of synthetic heads, made once from the shards of generated faces: what scenes are composed of."""

from pathlib import Path

import cv2
import numpy as np

from nets.errors import UsageError
from nets.geometry.crop import landmark_box
from nets.io.files import replacing
from nets.lab.raster import depth_buffer
from nets.lab.synth.buffer import camera_of
from nets.lab.synth.face import STORED_SIZE, Camera
from nets.topology.face_model import FACE_QUADS, HEAD_AND_NECK, FaceModel, load_face_model, triangles_of

SIZE = STORED_SIZE  # pixels of a cut-out's side; its face is about half as large
HELD_OUT = 600  # cut-outs, the last of the bank, that no training scene shows

# image: RGB and opacity. centre, side: of the square round the landmarks as if the head stood upright, pixels. roll:
# radians, clockwise as the viewer sees it. yaw: radians, positive if it looks to the image's right. is_face: False for
# hands, hair and clothes without a face.
CUT_OUT = np.dtype(
    [
        ("image", np.uint8, (SIZE, SIZE, 4)),
        ("centre", np.float32, (2,)),
        ("side", np.float32),
        ("roll", np.float32),
        ("yaw", np.float32),
        ("is_face", np.bool_),
    ]
)

TORSO_CENTRE, TORSO_RADII = np.float32([0, -285, -85]), np.float32([185, 105, 98])  # millimetres
MASK_SIZE = 80


def make_bank(file: Path, shards: list[Path], count: int) -> None:
    """Write `count` cut-outs (count,) of dtype CUT_OUT, taken evenly from the shards.

    The file appears only when it is whole. Raises UsageError if there are no shards.
    """
    if not shards:
        message = "there is no bank of cut-outs, and there are no generated faces to make it from"
        raise UsageError(message, file, "Run python -m nets train first, which draws faces, or give --buffer")
    cutter = Cutter(load_face_model())
    each = -(-count // len(shards))
    cut_outs = [cutter.cut(record) for path in shards for record in np.load(path, mmap_mode="r")[:each]]
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as out:
        np.save(out, np.stack(cut_outs[:count]))


class Cutter:
    def __init__(self, model: FaceModel):
        self._model = model
        triangles = triangles_of(model.faces)
        self._triangles = np.concatenate(
            [triangles_of(model.faces[FACE_QUADS]), triangles[(triangles < HEAD_AND_NECK.stop).all(1)]]
        )
        directions = np.random.default_rng(0).standard_normal((400, 3)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=1, keepdims=True)
        self._torso = TORSO_CENTRE + TORSO_RADII * directions

    def cut(self, record: np.ndarray) -> np.ndarray:
        """A stored face (nets.lab.synth.buffer.record_of_size) as one cut-out ()."""
        cut_out = np.zeros((), CUT_OUT)
        cut_out["is_face"] = record["is_face"]
        opacity = np.full((STORED_SIZE, STORED_SIZE), 255, np.uint8)
        if record["is_face"]:
            camera = camera_of(record)
            cut_out["centre"], cut_out["side"], cut_out["roll"] = upright_square(camera, record["landmarks"])
            cut_out["yaw"] = np.arctan2(camera.rotation[0, 2], camera.rotation[2, 2])
            opacity = self._opacity(record, camera)
        cut_out["image"] = np.concatenate([record["image"], opacity[..., None]], 2)
        return cut_out

    def _opacity(self, record: np.ndarray, camera: Camera) -> np.ndarray:
        """(160, 160) u1: head, hair and shoulders, told from the background by colour."""
        ratio = MASK_SIZE / STORED_SIZE
        camera = camera.resized(ratio)
        vertices = self._model.shape(record["identity"], record["expression"])[: HEAD_AND_NECK.stop]
        screen = camera.project(vertices)
        head = (depth_buffer(screen, self._triangles, (MASK_SIZE, MASK_SIZE)) > -np.inf).astype(np.uint8)
        torso = np.zeros_like(head)
        hull = cv2.convexHull(camera.project(self._torso)[:, :2].round().astype(np.int32))
        cv2.fillConvexPoly(torso, hull, 1)
        mask = np.full_like(head, cv2.GC_BGD)
        mask[cv2.dilate(head | torso, disc(12)) > 0] = cv2.GC_PR_BGD
        mask[cv2.dilate(head, disc(4)) > 0] = cv2.GC_PR_FGD
        mask[(cv2.erode(head, disc(2)) | cv2.erode(torso, disc(3))) > 0] = cv2.GC_FGD
        small = cv2.resize(record["image"], (MASK_SIZE, MASK_SIZE), interpolation=cv2.INTER_AREA)
        models = np.zeros((2, 1, 65))
        cv2.grabCut(small, mask, None, models[0], models[1], 2, cv2.GC_INIT_WITH_MASK)
        kept = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8) * 255
        kept = cv2.morphologyEx(kept, cv2.MORPH_OPEN, disc(1))
        return cv2.resize(kept, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_LINEAR)


def upright_square(camera: Camera, landmarks: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Centre (2,), side and roll of the square round landmarks (68, 3) as if the head stood upright."""
    roll = np.arctan2(camera.rotation[0, 1], camera.rotation[1, 1])
    cos, sin = np.cos(roll), np.sin(roll)
    turn = np.array([[cos, -sin], [sin, cos]])
    box = landmark_box(camera.project(landmarks)[:, :2] @ turn)
    return turn @ (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).mean()), float(roll)


def disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
