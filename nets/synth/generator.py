# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws synthetic faces from the face model."""

import cv2
import numpy as np

from nets import landmarks as landmark_places
from nets.face_chart import build_chart
from nets.face_model import (
    FACE,
    FACE_QUADS,
    GUMS_AND_TONGUE,
    HEAD_AND_NECK,
    LEFT_EYEBALL,
    MOUTH_SOCKET,
    RIGHT_EYEBALL,
    TEETH,
    FaceModel,
    eyeball_centre,
    triangles_of,
)
from nets.raster import depth_buffer, vertex_normals
from nets.synth.face import CROP_FACTOR, STORED_REACH, STORED_SIZE, Camera, SyntheticFace, rotation_matrix
from nets.synth.parts import Hairdresser, Material, Part, clothes, glasses, hand
from nets.synth.render import RENDER_SIZE, render
from nets.synth.shape import LidContact, draw_person
from nets.synth.skin import Skin, SkinPainter

NEAREST, FARTHEST = 500, 6000  # millimetres from the camera to the head
SKIN_DEPTH = 4  # millimetres by which a texel may lie behind what is seen and still count as seen


class FaceGenerator:
    """Everything about the face model that random faces share."""

    def __init__(self, model: FaceModel):
        self.model = model
        self.chart = build_chart(model)
        self._painter = SkinPainter(model, self.chart)
        self._hairdresser = Hairdresser(model)
        self._lids = LidContact(model)
        faces = model.faces
        self._face_triangles = triangles_of(faces[FACE_QUADS])
        first = faces[:, 0]
        self._body_triangles = triangles_of(faces[_within(first, HEAD_AND_NECK)])
        self._body_triangles = self._body_triangles[(self._body_triangles < HEAD_AND_NECK.stop).all(1)]
        self._inner = {
            material: [_own_vertices(triangles_of(faces[_within(first, part)])) for part in parts]
            for material, parts in {
                Material.MOUTH: (MOUTH_SOCKET, GUMS_AND_TONGUE),
                Material.TEETH: (TEETH,),
                Material.EYE: (RIGHT_EYEBALL, LEFT_EYEBALL),
            }.items()
        }
        eyes = [used[triangles] for used, triangles in self._inner[Material.EYE]]
        shell = np.concatenate([self._face_triangles, self._body_triangles, *eyes])
        self._occlusion = _ambient_occlusion(model.neutral, shell)

    def draw(self, rng: np.random.Generator) -> SyntheticFace:
        """A random face in a random scene."""
        person = draw_person(rng, self.model.expression_names)
        vertices = self.model.shape(person.identity, person.expression)
        self._lids.apply(vertices)
        landmarks = vertices[landmark_places.VERTICES]
        skin = self._painter.paint(rng)
        parts = self._head(rng, vertices, person.gaze, skin) + self._attire(rng, vertices, landmarks, skin)
        camera = _draw_camera(rng, landmarks)
        image, z = render(rng, parts, camera, skin, self._occlusion)
        canonical = self.chart.coarse.gather(self.chart.extend(vertices))
        return SyntheticFace(
            image=cv2.resize(image, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_AREA),
            camera=camera.resized(STORED_SIZE / RENDER_SIZE),
            canonical=canonical,
            landmarks=landmarks,
            identity=person.identity,
            expression=person.expression,
            gaze=person.gaze,
            visible=_in_view(canonical, camera, z),
            is_face=True,
        )

    def draw_empty(self, rng: np.random.Generator) -> SyntheticFace:
        """A picture without a face: background, cloth, hair, hands."""
        skin = self._painter.paint(rng)
        parts = clothes(rng) if rng.random() < 0.3 else []
        for _ in range(rng.integers(0, 3)):
            parts += hand(rng, skin.tone)
        if rng.random() < 0.5:
            parts += self._hairdresser.cut(rng, self.model.neutral, skin.hair_colour)
        rotation = _draw_rotation(rng) if rng.random() < 0.5 else rotation_matrix(*rng.uniform(-np.pi, np.pi, 3))
        camera = Camera(rotation, np.float32(rng.uniform(0.6, 1.5)), np.float32(1e-3), rng.uniform(60, 170, 2))
        image, _ = render(rng, parts, camera, skin, self._occlusion)
        size = len(self.chart.coarse.mask)
        return SyntheticFace(
            image=cv2.resize(image, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_AREA),
            camera=Camera(np.eye(3, dtype=np.float32), np.float32(1), np.float32(0), np.zeros(2, np.float32)),
            canonical=np.zeros((size, size, 3), np.float32),
            landmarks=np.zeros((68, 3), np.float32),
            identity=np.zeros(len(self.model.identity), np.float32),
            expression=np.zeros(len(self.model.expression), np.float32),
            gaze=np.zeros((2, 2), np.float32),
            visible=np.zeros((size, size), bool),
            is_face=False,
        )

    def _head(self, rng: np.random.Generator, vertices: np.ndarray, gaze: np.ndarray, skin: Skin) -> list[Part]:
        uv = np.concatenate([self.chart.vertex_uv, np.zeros((len(self.chart.vertex_uv), 1), np.float32)], 1)
        body = vertices[: HEAD_AND_NECK.stop]
        parts = [
            Part(Material.SKIN, vertices[FACE], self._face_triangles, uv, skin.tone, of_head=True),
            Part(Material.BODY, body, self._body_triangles, body * 0.05, skin.tone, of_head=True),
        ]
        whiteness = rng.uniform(0.35, 0.8)
        enamel = whiteness * np.float32([1, rng.uniform(0.85, 0.98), rng.uniform(0.6, 0.9)])
        flesh = np.float32([rng.uniform(0.08, 0.3), 0.03, 0.03])
        for material, colour in ((Material.MOUTH, flesh), (Material.TEETH, enamel)):
            for used, triangles in self._inner[material]:
                parts.append(Part(material, vertices[used], triangles, vertices[used] * 0.05, colour))
        eyeballs = zip((RIGHT_EYEBALL, LEFT_EYEBALL), self._inner[Material.EYE], gaze, strict=True)
        for eyeball, (used, triangles), (yaw, pitch) in eyeballs:
            direction = vertices[used] - eyeball_centre(vertices, eyeball)
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            direction = direction @ rotation_matrix(yaw, pitch, 0)
            parts.append(Part(Material.EYE, vertices[used], triangles, direction, skin.tone))
        return parts

    def _attire(self, rng: np.random.Generator, vertices: np.ndarray, landmarks: np.ndarray, skin: Skin) -> list[Part]:
        parts = self._hairdresser.cut(rng, vertices, skin.hair_colour) + clothes(rng)
        if rng.random() < 0.2:
            parts += glasses(rng, landmarks)
        if rng.random() < 0.14:
            parts += hand(rng, skin.tone)
        return parts


def _draw_camera(rng: np.random.Generator, landmarks: np.ndarray) -> Camera:
    """A camera in whose picture the landmarks (68, 3) fill the protocol's crop, with some room around it."""
    rotation = _draw_rotation(rng)
    closeness = np.float32(1 / np.exp(rng.uniform(np.log(NEAREST), np.log(FARTHEST))))
    outline = Camera(rotation, 1.0, closeness, np.zeros(2)).project(landmarks)[:, :2]
    extent = np.ptp(outline, axis=0).mean() * CROP_FACTOR * STORED_REACH
    scale = np.float32(RENDER_SIZE / extent * rng.uniform(0.95, 1.05))
    middle = (outline.max(0) + outline.min(0)) / 2 * scale
    centre = (RENDER_SIZE - 1) / 2 - middle + rng.uniform(-0.02, 0.02, 2) * RENDER_SIZE
    return Camera(rotation, scale, closeness, centre)


def _draw_rotation(rng: np.random.Generator) -> np.ndarray:
    yaw = rng.normal(0, 0.45) if rng.random() < 0.5 else rng.uniform(-1.65, 1.65)
    pitch = rng.normal(0, 0.3) if rng.random() < 0.85 else rng.uniform(-0.9, 0.9)
    roll = rng.normal(0, 0.22) if rng.random() < 0.9 else rng.uniform(-1.05, 1.05)
    return rotation_matrix(yaw, np.clip(pitch, -0.95, 0.95), roll)


def _in_view(canonical: np.ndarray, camera: Camera, z: np.ndarray) -> np.ndarray:
    """Texels (64, 64) bool of a canonical map that nothing hides, z (S, S) being the inverse depth of what is seen."""
    points = canonical.reshape(-1, 3)
    column, row = np.clip(camera.project(points)[:, :2].round().astype(int), 0, len(z) - 1).T
    near = camera.inverse_depth(points + SKIN_DEPTH * camera.rotation[2])
    return (near >= z[row, column]).reshape(canonical.shape[:2])


def _within(first: np.ndarray, part: slice) -> np.ndarray:
    return (first >= part.start) & (first < part.stop)


def _own_vertices(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(the vertices used (K,), the triangles (M, 3) i4 as indices into them)."""
    used, index = np.unique(triangles, return_inverse=True)
    return used, index.reshape(-1, 3).astype(np.int32)


def _ambient_occlusion(
    vertices: np.ndarray, triangles: np.ndarray, directions: int = 64, size: int = 256
) -> np.ndarray:
    """Share (V,) f4 of the cosine-weighted sky that each vertex sees."""
    normals = vertex_normals(vertices, triangles)
    rng = np.random.default_rng(0)
    seen, total = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
    for direction in rng.standard_normal((directions, 3)):
        direction /= np.linalg.norm(direction)
        side = np.cross(direction, rng.standard_normal(3))
        side /= np.linalg.norm(side)
        axes = np.stack([side, np.cross(direction, side), direction]).astype(np.float32)
        screen = vertices @ axes.T
        screen[:, :2] = (screen[:, :2] - screen[:, :2].min(0)) * (size - 1) / np.ptp(screen[:, :2], axis=0).max()
        z = depth_buffer(screen, triangles, (size, size))
        column, row = screen[:, :2].round().astype(int).T
        cosine = np.maximum(normals @ direction, 0)
        seen += cosine * (screen[:, 2] > z[row, column] - 3)
        total += cosine
    return np.clip(seen / total * 1.15, 0.15, 1).astype(np.float32)
