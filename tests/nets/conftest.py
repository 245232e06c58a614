# SPDX-License-Identifier: GPL-3.0-or-later
"""An egg-shaped head whose normals, visibility and colours are known by formula, laid out like a real face."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from nets.capture.face import FaceResult
from nets.geometry.crop import landmark_box
from nets.geometry.pose import Pose
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.topology.face_model import FILE_NAME, FaceModel, FaceModelError, load_face_model
from tests.nets.small_face_model import save_face_model, small_face_model

RADII = np.array([70.0, 95.0, 85.0])  # millimetres: half width, half height, half depth


def chart_angles():
    """Longitude (to the viewer's right) and latitude of each texel, (256, 256) each."""
    centres = (np.arange(SIZE) + 0.5) / SIZE
    return np.meshgrid((centres - 0.5) * np.radians(200), (0.5 - centres) * np.radians(150))


@pytest.fixture(scope="session")
def face_model() -> FaceModel:
    """The computed head, which needs no file."""
    return small_face_model()


@pytest.fixture(scope="session")
def face_model_file(face_model, tmp_path_factory) -> Path:
    """The computed head as the file that commands read."""
    return save_face_model(face_model, tmp_path_factory.mktemp("face_model") / FILE_NAME)


@pytest.fixture(scope="session")
def ict_face_model() -> FaceModel:
    """The ICT face model, for tests of its exact shape or of what was trained on it; skips where its file is absent."""
    try:
        return load_face_model()
    except FaceModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def generator(face_model):
    from nets.lab.synth.generator import FaceGenerator

    return FaceGenerator(face_model)


@pytest.fixture(scope="session")
def fine_generator(face_model):
    """A generator of pictures for networks that see 256 pixels."""
    from nets.lab.synth.face import stored_size
    from nets.lab.synth.generator import FaceGenerator

    return FaceGenerator(face_model, stored_size(256))


@pytest.fixture(scope="session")
def ict_generator(ict_face_model):
    from nets.lab.synth.generator import FaceGenerator

    return FaceGenerator(ict_face_model)


@pytest.fixture(scope="session")
def chart(generator):
    return generator.chart


@pytest.fixture(scope="session")
def layout(face_model, chart) -> UVLayout:
    """The small face model's layout."""
    from nets.lab.face_chart import build_layout

    return build_layout(face_model, chart)


@pytest.fixture(scope="session")
def coarse(face_model, chart, layout):
    """The small face model as training sees it."""
    from nets.lab.training.targets import CoarseModel

    return CoarseModel(face_model, chart, layout.weights)


@pytest.fixture(scope="session")
def ict_chart(ict_generator):
    return ict_generator.chart


@pytest.fixture(scope="session")
def egg() -> UVLayout:
    longitude, latitude = chart_angles()
    sphere = np.stack(
        [np.sin(longitude) * np.cos(latitude), np.sin(latitude), np.cos(longitude) * np.cos(latitude)], axis=-1
    )
    mask = np.ones((SIZE, SIZE), bool)
    mask[:4] = mask[-4:] = mask[:, :4] = mask[:, -4:] = False
    step = np.linspace(60, 195, 68).astype(np.int32)
    landmarks = np.stack([step, np.roll(step, 20)], 1)
    bridged = np.zeros_like(mask)
    return UVLayout(
        mask,
        landmarks,
        (sphere * RADII).astype(np.float32),
        mask.astype(np.float32),
        bridged,
        landmarks.astype(np.float32),
    )


@pytest.fixture
def egg_normals(egg) -> np.ndarray:
    normals = egg.mean / RADII**2
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


@pytest.fixture
def turned():
    """turned(yaw in degrees, scale): a pose in the middle of an 800 x 800 photo; positive yaw to the viewer's right."""

    def make(yaw: float, scale: float = 3.5) -> Pose:
        angle = np.radians(yaw)
        rotation = [[np.cos(angle), 0, np.sin(angle)], [0, -1, 0], [-np.sin(angle), 0, np.cos(angle)]]
        return Pose(scale, np.array(rotation, np.float32), np.array([400, 400, 0], np.float32), 0.0)

    return make


@pytest.fixture(scope="session")
def egg_face(egg) -> FaceResult:
    """A face result of the egg, seen from the front in a 120 x 100 photo, with a texture of four plain quarters."""
    pose = Pose(0.5, np.diag([1, -1, 1]).astype(np.float32), np.array([60, 50, 0], np.float32), 0.0)
    position_map = pose.apply(egg.mean).astype(np.float32)
    mesh = egg.mesh("medium")
    landmarks = egg.landmarks_of(position_map)
    texture = np.zeros((64, 64, 3), np.uint8)
    texture[:32, :32], texture[:32, 32:], texture[32:, :32] = (255, 0, 0), (0, 255, 0), (0, 0, 255)
    return FaceResult(
        position_map=position_map,
        vertices=egg.sample(mesh, position_map),
        triangles=mesh.triangles,
        quads=mesh.quads,
        uv=mesh.uv,
        landmarks68=landmarks,
        visibility=np.ones(len(mesh.uv), np.float32),
        in_view=np.ones(len(mesh.uv), np.float32),
        uncertainty=np.ones(len(mesh.uv), np.float32),
        expression=np.zeros(53, np.float32),
        gaze=np.zeros((2, 2), np.float32),
        confidence=np.float32(0.9),
        box=landmark_box(landmarks),
        pose_scale=np.float32(pose.scale),
        pose_rotation=pose.rotation,
        pose_translation=pose.translation,
        texture=texture,
        texture_mask=np.ones((64, 64), np.uint8),
        image_size=np.array([120, 100], np.int32),
        camera=np.array([np.inf, 59.5, 49.5], np.float32),
        perspective_scale=np.float32(pose.scale),
        perspective_rotation=pose.rotation,
        perspective_translation=pose.translation,
        camera_known=np.uint8(0),
        residual=0.0,
    )


@pytest.fixture(scope="session")
def write_movie():
    """write_movie(path, pictures (48, 64, 3) or size, uint8 RGB, codec): a movie of 25 frames/s."""

    def write(path: Path, pictures, codec: str = "mp4v", size=(64, 48)) -> Path:
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), 25, size)
        for picture in pictures:
            writer.write(np.ascontiguousarray(picture[..., ::-1]))
        writer.release()
        return path

    return write
