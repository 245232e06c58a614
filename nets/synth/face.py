# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws synthetic faces: a picture and everything that the losses need to know about it."""

from dataclasses import dataclass

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
from nets.raster import depth_buffer, rasterise, vertex_normals
from nets.synth.background import draw_background
from nets.synth.parts import Hairdresser, Material, Part, clothes, glasses, hand
from nets.synth.shading import draw_eyes, draw_light, shade
from nets.synth.shape import LidContact, draw_person
from nets.synth.skin import SkinPainter

STORED_SIZE = 160  # pixels of a stored picture's side
STORED_REACH = 1.35  # its side over that of the protocol's crop (1.6 x the landmark box)
RENDER_SIZE = 232
CROP_FACTOR = 1.6


@dataclass(frozen=True)
class SyntheticFace:
    """One synthetic photo with its truth.

    image (160, 160, 3) u1 sRGB before the camera's sins. canonical (64, 64, 3) f4: the person's canonical vertices with
    expression as a coarse map, millimetres; landmarks (68, 3) f4 likewise. identity (100,), expression (53,), gaze (2,
    2) f4. rotation (3, 3) f4 with determinant 1 turns canonical into view (x right, y up, z towards the viewer); a view
    point (X, Y, Z) lies at pixel centre + scale (X, -Y) / (1 - closeness Z) with depth scale Z. visible (64, 64) bool:
    texels in plain view. is_face: False for a picture without a face, whose truth is meaningless.
    """

    image: np.ndarray
    canonical: np.ndarray
    landmarks: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    rotation: np.ndarray
    scale: np.float32
    closeness: np.float32
    centre: np.ndarray
    visible: np.ndarray
    is_face: bool


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Head rotation (3, 3): yaw > 0 turns the face to the image's right, pitch > 0 looks up, roll > 0 tilts
    clockwise."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return (tilt @ nod @ turn).astype(np.float32)


def project(points: np.ndarray, rotation: np.ndarray, scale: float, closeness: float, centre: np.ndarray) -> np.ndarray:
    """Canonical points (N, 3) in image space (N, 3), see SyntheticFace."""
    view = points @ rotation.T
    factor = scale / (1 - closeness * view[:, 2:])
    return np.concatenate([centre + view[:, :2] * factor * (1, -1), scale * view[:, 2:]], 1).astype(np.float32)


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
        self._body_triangles = _without(triangles_of(faces[_within(first, HEAD_AND_NECK)]), HEAD_AND_NECK)
        self._inner = {
            Material.MOUTH: [triangles_of(faces[_within(first, part)]) for part in (MOUTH_SOCKET, GUMS_AND_TONGUE)],
            Material.TEETH: [triangles_of(faces[_within(first, TEETH)])],
            Material.EYE: [triangles_of(faces[_within(first, eye)]) for eye in (RIGHT_EYEBALL, LEFT_EYEBALL)],
        }
        shell = np.concatenate([self._face_triangles, self._body_triangles, *self._inner[Material.EYE]])
        self._occlusion = _ambient_occlusion(model.neutral, shell)

    def draw(self, rng: np.random.Generator) -> SyntheticFace:
        """A random face in a random scene."""
        person = draw_person(rng, self.model.expression_names)
        vertices = self.model.shape(person.identity, person.expression)
        self._lids.apply(vertices)
        landmarks = vertices[landmark_places.VERTICES]
        skin = self._painter.paint(rng)
        parts = self._parts(rng, vertices, landmarks, person.gaze, skin)

        rotation, closeness = _draw_pose(rng), np.float32(1 / np.exp(rng.uniform(np.log(500), np.log(6000))))
        outline = project(landmarks, rotation, 1.0, closeness, np.zeros(2))[:, :2]
        extent = np.ptp(outline, axis=0).mean() * CROP_FACTOR * STORED_REACH
        scale = np.float32(RENDER_SIZE / extent * rng.uniform(0.95, 1.05))
        middle = (outline.max(0) + outline.min(0)) / 2 * scale
        centre = (RENDER_SIZE - 1) / 2 - middle + rng.uniform(-0.02, 0.02, 2) * RENDER_SIZE
        camera = rotation, scale, closeness, centre

        image, z = self._render(rng, parts, camera, skin)
        canonical = self.chart.coarse.gather(self.chart.extend(vertices))
        visible = _in_view(canonical, camera, z)
        shrink = STORED_SIZE / RENDER_SIZE
        return SyntheticFace(
            image=cv2.resize(image, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_AREA),
            canonical=canonical,
            landmarks=landmarks,
            identity=person.identity,
            expression=person.expression,
            gaze=person.gaze,
            rotation=rotation,
            scale=scale * np.float32(shrink),
            closeness=closeness,
            centre=((centre + 0.5) * shrink - 0.5).astype(np.float32),
            visible=visible,
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
        rotation = _draw_pose(rng) if rng.random() < 0.5 else rotation_matrix(*rng.uniform(-np.pi, np.pi, 3))
        camera = rotation, np.float32(rng.uniform(0.6, 1.5)), np.float32(1e-3), rng.uniform(60, 170, 2)
        image, _ = self._render(rng, parts, camera, skin)
        nothing = np.zeros(2, np.float32)
        return SyntheticFace(
            image=cv2.resize(image, (STORED_SIZE, STORED_SIZE), interpolation=cv2.INTER_AREA),
            canonical=np.zeros((*self.chart.coarse.mask.shape, 3), np.float32),
            landmarks=np.zeros((68, 3), np.float32),
            identity=np.zeros(len(self.model.identity), np.float32),
            expression=np.zeros(len(self.model.expression), np.float32),
            gaze=np.zeros((2, 2), np.float32),
            rotation=np.eye(3, dtype=np.float32),
            scale=np.float32(1),
            closeness=np.float32(0),
            centre=nothing,
            visible=np.zeros(self.chart.coarse.mask.shape, bool),
            is_face=False,
        )

    def _parts(self, rng, vertices, landmarks, gaze, skin) -> list[Part]:
        uv = np.concatenate([self.chart.vertex_uv, np.zeros((len(self.chart.vertex_uv), 1), np.float32)], 1)
        parts = [Part(Material.SKIN, vertices[FACE], self._face_triangles, uv, skin.tone)]
        body = vertices[: HEAD_AND_NECK.stop]
        parts.append(Part(Material.BODY, body, self._body_triangles, body * 0.05, skin.tone))
        enamel = (rng.uniform(0.35, 0.8) * np.array([1, rng.uniform(0.85, 0.98), rng.uniform(0.6, 0.9)])).astype(
            np.float32
        )
        flesh = np.array([rng.uniform(0.08, 0.3), 0.03, 0.03], np.float32)
        for material, colour in ((Material.MOUTH, flesh), (Material.TEETH, enamel)):
            for triangles in self._inner[material]:
                parts.append(_sub_part(material, vertices, triangles, colour))
        for eyeball, triangles, (yaw, pitch) in zip(
            (RIGHT_EYEBALL, LEFT_EYEBALL), self._inner[Material.EYE], gaze, strict=True
        ):
            part = _sub_part(Material.EYE, vertices, triangles, skin.tone)
            direction = part.vertices - eyeball_centre(vertices, eyeball)
            direction /= np.linalg.norm(direction, axis=1, keepdims=True)
            parts.append(
                Part(
                    part.material,
                    part.vertices,
                    part.triangles,
                    direction @ rotation_matrix(yaw, pitch, 0),
                    part.colour,
                )
            )
        parts += self._hairdresser.cut(rng, vertices, skin.hair_colour)
        parts += clothes(rng)
        if rng.random() < 0.2:
            parts += glasses(rng, landmarks)
        if rng.random() < 0.14:
            parts += hand(rng, skin.tone)
        return parts

    def _render(self, rng, parts, camera, skin) -> tuple[np.ndarray, np.ndarray]:
        """(sRGB image (S, S, 3) u1, z (S, S) of what is seen, inverse depth)."""
        image = draw_background(rng, RENDER_SIZE)
        z = np.full(image.shape[:2], -np.inf, np.float32)
        exposure = 1.0
        solid = [part for part in parts if part.material < Material.LENS]
        if solid:
            rotation = camera[0]
            shadow = [part for part in solid if part.material not in (Material.MOUTH, Material.TEETH)]
            offsets = np.cumsum([0] + [len(part.vertices) for part in shadow[:-1]])
            scene = np.concatenate([part.vertices for part in shadow]) @ rotation.T
            casters = np.concatenate([part.triangles + o for part, o in zip(shadow, offsets, strict=True)])
            light, eyes = draw_light(rng, scene, casters), draw_eyes(rng)
            for layer in (solid, [part for part in parts if part.material >= Material.LENS]):
                if layer:
                    shaded, layer_z = self._render_layer(layer, camera, skin, eyes, light)
                    if layer is solid:
                        exposure = _expose(rng, shaded)
                    alpha = shaded[..., 3:] * (layer_z > z)[..., None]
                    image = image * (1 - alpha) + shaded[..., :3] * exposure * alpha
                    z = np.maximum(z, np.where(shaded[..., 3] > 0.6, layer_z, -np.inf))
        return (np.clip(image, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8), z

    def _render_layer(self, parts, camera, skin, eyes, light):
        vertices = np.concatenate([part.vertices for part in parts])
        offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
        triangles = np.concatenate([part.triangles + o for part, o in zip(parts, offsets, strict=True)]).astype(
            np.int32
        )
        triangle_part = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.triangles) for part in parts])
        material = np.array([part.material for part in parts], np.int32)
        colour = np.array([part.colour for part in parts], np.float32)
        occlusion = np.concatenate([self._part_occlusion(part) for part in parts])
        rotation, _, closeness, _ = camera
        inverse_depth = 1 / (1 - closeness * (vertices @ rotation[2]))
        screen = project(vertices, *camera)
        screen[:, 2] = inverse_depth
        raster = rasterise(screen, triangles, (RENDER_SIZE, RENDER_SIZE), inverse_depth)
        view = vertices @ rotation.T
        local = np.concatenate([part.local for part in parts])
        attributes = np.concatenate(
            [view, vertex_normals(view, triangles), local, occlusion[:, None]], 1, dtype=np.float32
        )
        shaded = shade(
            raster,
            triangles,
            attributes,
            triangle_part,
            material,
            colour,
            skin.albedo,
            skin.gloss[..., None],
            eyes,
            light,
        )
        return shaded, raster.z

    def _part_occlusion(self, part: Part) -> np.ndarray:
        if part.material in (Material.SKIN, Material.BODY) and len(part.vertices) in (FACE.stop, HEAD_AND_NECK.stop):
            return self._occlusion[: len(part.vertices)]
        shadowed = {Material.MOUTH: 0.35, Material.TEETH: 0.6, Material.EYE: 0.75}
        return np.full(len(part.vertices), shadowed.get(part.material, 1.0), np.float32)


def _draw_pose(rng: np.random.Generator) -> np.ndarray:
    yaw = rng.normal(0, 0.45) if rng.random() < 0.5 else rng.uniform(-1.65, 1.65)
    pitch = rng.normal(0, 0.3) if rng.random() < 0.85 else rng.uniform(-0.9, 0.9)
    roll = rng.normal(0, 0.22) if rng.random() < 0.9 else rng.uniform(-1.05, 1.05)
    return rotation_matrix(yaw, np.clip(pitch, -0.95, 0.95), roll)


def _within(first: np.ndarray, part: slice) -> np.ndarray:
    return (first >= part.start) & (first < part.stop)


def _without(triangles: np.ndarray, part: slice) -> np.ndarray:
    """Triangles that stay within the outer head."""
    return triangles[(triangles < part.stop).all(1)]


def _sub_part(material: Material, vertices: np.ndarray, triangles: np.ndarray, colour: np.ndarray) -> Part:
    used, index = np.unique(triangles, return_inverse=True)
    positions = vertices[used]
    return Part(material, positions, index.reshape(-1, 3).astype(np.int32), positions * 0.05, colour)


def _expose(rng: np.random.Generator, shaded: np.ndarray) -> float:
    """A camera's exposure of the scene, now and then a wrong one."""
    seen = shaded[shaded[..., 3] > 0]
    if not len(seen):
        return 1.0
    bright = np.percentile(seen[:, 1], 85) + 1e-3
    return float(rng.choice([0.25, 0.5, 0.8, 1.3], p=[0.2, 0.45, 0.28, 0.07]) * rng.uniform(0.7, 1.3) * (bright**-0.75))


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


def _in_view(canonical: np.ndarray, camera: tuple, z: np.ndarray) -> np.ndarray:
    """Texels (64, 64) bool of a canonical map that nothing hides, z being the inverse depth of what is seen."""
    rotation, _, closeness, _ = camera
    points = canonical.reshape(-1, 3)
    screen = project(points, *camera)
    near = 1 / (1 - closeness * (points @ rotation[2] + 4))
    column, row = np.clip(screen[:, :2].round().astype(int), 0, len(z) - 1).T
    return (near >= z[row, column]).reshape(canonical.shape[:2])


def position_map_preview(face: SyntheticFace) -> np.ndarray:
    """The coarse position map as colours (64, 64, 3) u1, each axis stretched to its range."""
    points = project(face.canonical.reshape(-1, 3), face.rotation, face.scale, face.closeness, face.centre)
    low, high = points.min(0), points.max(0)
    return ((points - low) / (high - low + 1e-6) * 255).astype(np.uint8).reshape(face.canonical.shape)
