# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing synthetic faces from the face model."""

import cv2
import numpy as np

from nets.lab.face_chart import build_chart
from nets.lab.raster import depth_buffer, vertex_normals
from nets.lab.synth.background import draw_background
from nets.lab.synth.body import Posture, clothes
from nets.lab.synth.face import STORED_SIZE, Camera, SyntheticFace, rotation_matrix
from nets.lab.synth.facial_hair import Barber
from nets.lab.synth.follicles import RadiusTable
from nets.lab.synth.framing import draw_inverse_distance, draw_rotation, framing_camera
from nets.lab.synth.glasses import glasses
from nets.lab.synth.hair import Hairdresser
from nets.lab.synth.headwear import dress_head
from nets.lab.synth.occluders import foreground_object, hand
from nets.lab.synth.parts import Material, Part
from nets.lab.synth.render import RENDER_SIZE, Picture, fade_sides, place_in_front, render, to_srgb
from nets.lab.synth.shape import LidContact, Person, creases, draw_person
from nets.lab.synth.skin import Skin, SkinPainter
from nets.lab.synth.strands import Strands
from nets.topology import landmark_vertices as landmark_places
from nets.topology.face_model import (
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

BYSTANDERS = 16  # people drawn once, for the crowd behind and next to others
SHOULDERS = -185  # millimetres, height from which clothes cover the body
BARE = 0.12  # share of people with bare shoulders
MOLARS = 8  # millimetres, depth up to which teeth are molars
SKIN_DEPTH = 4  # millimetres by which a texel may lie behind the visible surface and still count as visible


class FaceGenerator:
    """Draws faces. What all faces share is computed once; its parts serve nets.lab.synth.actor and series too.

    size: pixels of a stored picture's side, see nets.lab.synth.face.stored_size
    """

    def __init__(self, model: FaceModel, size: int = STORED_SIZE):
        self.model, self.size = model, size
        self.render_size = RENDER_SIZE * size // STORED_SIZE
        self.chart = build_chart(model)
        self.painter = SkinPainter(model, self.chart)
        self._hairdresser = Hairdresser(model)
        self._barber = Barber(model, self.chart)
        # Above the neck, so that the table of radii holds for what rests on a head.
        outer = np.flatnonzero(model.neutral[: HEAD_AND_NECK.stop, 1] > -130)
        self._radii = RadiusTable(model.neutral, outer)
        self.lids = LidContact(model)
        faces = model.faces
        self._face_triangles = triangles_of(faces[FACE_QUADS])
        first = faces[:, 0]
        beyond = faces[FACE_QUADS.stop :]
        self._body_triangles = triangles_of(beyond[(beyond < HEAD_AND_NECK.stop).all(1) & (beyond >= FACE.stop).any(1)])
        self._neck_triangles = self._body_triangles[model.neutral[self._body_triangles, 1].max(1) > SHOULDERS]
        self._inner = {
            material: [_own_vertices(triangles_of(faces[_within(first, part)])) for part in parts]
            for material, parts in {
                Material.MOUTH: (MOUTH_SOCKET, GUMS_AND_TONGUE),
                Material.TEETH: (TEETH,),
                Material.EYE: (RIGHT_EYEBALL, LEFT_EYEBALL),
            }.items()
        }
        self._inner[Material.TEETH] = [_without_molars(model.neutral, *self._inner[Material.TEETH][0])]
        eyes = [used[triangles] for used, triangles in self._inner[Material.EYE]]
        shell = np.concatenate([self._face_triangles, self._body_triangles, *eyes])
        self._occlusion = _ambient_occlusion(model.neutral, shell)
        self._head_triangles = np.concatenate([self._face_triangles, self._body_triangles])
        self._crowd: list[Picture] = []
        rng, plain = np.random.default_rng(0), np.zeros((self.render_size, self.render_size, 3), np.float32)
        self._crowd = [fade_sides(self._draw_person(rng, plain, 1.5)[0]) for _ in range(BYSTANDERS)]

    def draw(self, rng: np.random.Generator) -> SyntheticFace:
        """Draw a face in a scene."""
        picture, face = self._draw_person(rng, draw_background(rng, self.render_size, self._crowd))
        if rng.random() < 0.05:
            aside = rng.choice([-1, 1]) * rng.uniform(0.4, 0.6), rng.uniform(0, 0.5)
            shift = tuple(int(x * self.render_size) for x in aside)
            picture = place_in_front(picture, self._crowd[rng.integers(BYSTANDERS)], shift)
        return self.stored_face(picture, face)

    def draw_empty(self, rng: np.random.Generator) -> SyntheticFace:
        """Draw a picture without a face: background, cloth, hair, hands."""
        skin = self.painter.paint(rng, np.zeros((2, 5)))
        parts = clothes(rng, Posture.draw(rng)) if rng.random() < 0.3 else []
        for _ in range(rng.integers(0, 3)):
            parts += hand(rng, skin.tone)
        if rng.random() < 0.3:
            parts.append(foreground_object(rng))
        strands = []
        if parts and rng.random() < 0.5:
            head = self.model.neutral[: HEAD_AND_NECK.stop]
            normals = vertex_normals(head, self._head_triangles)
            table = self._radii.table(self.model.neutral)
            colour = skin.hair_colour
            strands = self._hairdresser.cut(rng, head, normals, table, np.array([0, -1, 0]), colour, None).strands
        rotation = draw_rotation(rng) if rng.random() < 0.5 else rotation_matrix(*rng.uniform(-np.pi, np.pi, 3))
        finer = self.size / STORED_SIZE
        scale, centre = np.float32(rng.uniform(0.6, 1.5) * finer), rng.uniform(60, 170, 2) * finer
        camera = Camera(rotation, scale, np.float32(1e-3), centre)
        background = draw_background(rng, self.render_size)
        picture = render(rng, parts, list(strands), camera, skin, background)
        size = len(self.chart.coarse.mask)
        return SyntheticFace(
            image=self._stored(picture.image),
            camera=Camera(np.eye(3, dtype=np.float32), np.float32(1), np.float32(0), np.zeros(2, np.float32)),
            canonical=np.zeros((size, size, 3), np.float32),
            landmarks=np.zeros((68, 3), np.float32),
            identity=np.zeros(len(self.model.identity), np.float32),
            expression=np.zeros(len(self.model.expression), np.float32),
            gaze=np.zeros((2, 2), np.float32),
            visible=np.zeros((size, size), bool),
            is_face=False,
        )

    def _draw_person(self, rng: np.random.Generator, background: np.ndarray, room: float = 1.0) -> tuple[Picture, dict]:
        """Draw a person. Returns the picture, and the fields of its SyntheticFace that do not come from the picture.

        room: the picture's side over that of a stored one
        """
        person = draw_person(rng, self.model.expression_names)
        vertices = self.shape(person.identity, person.expression)
        landmarks = vertices[landmark_places.VERTICES]
        skin = self.painter.paint(rng, creases(person.expression, self.model.expression_names))
        camera = framing_camera(rng, draw_rotation(rng), draw_inverse_distance(rng), landmarks, self.render_size, room)
        parts, strands = self.dress(rng, vertices, landmarks, person.gaze, skin, camera.rotation)
        picture = render(rng, parts, strands, camera, skin, background)
        return picture, self.truth(person, vertices, camera)

    def shape(self, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """Return the vertices (V, 3) of a person, canonical, millimetres, whose lids lie on the eyeballs."""
        vertices = self.model.shape(identity, expression)
        self.lids.apply(vertices)
        return vertices

    def truth(self, person: Person, vertices: np.ndarray, camera: Camera) -> dict:
        """Return the fields of a SyntheticFace that do not come from its picture. camera: of the rendered picture"""
        return {
            "camera": camera.resized(self.size / self.render_size),
            "canonical": self.chart.coarse.gather(self.chart.extend(vertices)),
            "landmarks": vertices[landmark_places.VERTICES],
            "identity": person.identity,
            "expression": person.expression,
            "gaze": person.gaze,
            "is_face": True,
        }

    def stored_face(self, picture: Picture, truth: dict) -> SyntheticFace:
        """Return a face as it is stored. truth: as by `truth`"""
        camera = truth["camera"].resized(self.render_size / self.size)
        visible = _in_view(truth["canonical"], camera, picture.z)
        return SyntheticFace(image=self._stored(picture.image), visible=visible, **truth)

    def _stored(self, image: np.ndarray) -> np.ndarray:
        """Convert a rendered picture (S, S, 3) float32, linear, into a stored one, uint8, sRGB."""
        return to_srgb(cv2.resize(image, (self.size, self.size), interpolation=cv2.INTER_AREA))

    def dress(
        self, rng: np.random.Generator, vertices: np.ndarray, landmarks: np.ndarray, gaze: np.ndarray, skin: Skin,
        rotation: np.ndarray,
    ) -> tuple[list[Part], list[Strands]]:  # fmt: skip
        """Return the parts and the strands of a person: head, hair, clothes and what covers them."""
        posture = Posture.draw(rng)
        table = self._radii.table(vertices)
        upright = np.array([0, -1, 0]) + (rotation.T @ (0, -1, 0)) * rng.random()
        down = upright / np.linalg.norm(upright)
        head = posture.bend(vertices[: HEAD_AND_NECK.stop])
        normals = vertex_normals(head, self._head_triangles)
        headwear = dress_head(rng, table) if rng.random() < 0.16 else None
        rim = headwear.rim if headwear else None
        cut = self._hairdresser.cut(rng, head, normals, table, down, skin.hair_colour, rim)
        strands = [*cut.strands, *self._barber.brows(rng, vertices, normals, skin.hair_colour)]
        strands += self._barber.lashes(rng, vertices, skin.hair_colour)
        if rng.random() < 0.22:
            strands += self._barber.beard(rng, vertices, normals, table, down, skin.hair_colour)
        parts = self._head(rng, vertices, head, normals, cut.cover, gaze, skin) + clothes(rng, posture)
        parts += headwear.parts if headwear else []
        if rng.random() < 0.2:
            parts += glasses(rng, landmarks)
        if rng.random() < 0.11:
            parts += hand(rng, skin.tone)
        if rng.random() < 0.05:
            parts.append(foreground_object(rng))
        return parts, strands

    def _head(self, rng, vertices, head, normals, cover, gaze, skin) -> list[Part]:
        """Return the parts of the head itself: skin, neck, mouth, teeth, eyes."""
        uv = np.concatenate([self.chart.vertex_uv, np.zeros((len(self.chart.vertex_uv), 1), np.float32)], 1)
        body = self._body_triangles if rng.random() < BARE else self._neck_triangles
        own = {"normals": normals, "ambient": self._occlusion[: len(head)], "hair": cover}
        parts = [
            Part(
                Material.SKIN, head[FACE], self._face_triangles, uv, skin.tone, **{k: v[FACE] for k, v in own.items()}
            ),
            Part(Material.BODY, head, body, head * 0.05, skin.tone, **own),
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


def _in_view(canonical: np.ndarray, camera: Camera, z: np.ndarray) -> np.ndarray:
    """Return which texels (64, 64) bool of a canonical map are in plain view.

    z: (S, S), inverse depth of the visible surface
    """
    points = canonical.reshape(-1, 3)
    column, row = np.clip(camera.project(points)[:, :2].round().astype(int), 0, len(z) - 1).T
    near = camera.inverse_depth(points + SKIN_DEPTH * camera.rotation[2])
    return (near >= z[row, column]).reshape(canonical.shape[:2])


def _within(first: np.ndarray, part: slice) -> np.ndarray:
    """Return which vertex numbers lie in a range."""
    return (first >= part.start) & (first < part.stop)


def _own_vertices(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the vertices that triangles use (K,), and the triangles (M, 3) int32 as indices into them."""
    used, index = np.unique(triangles, return_inverse=True)
    return used, index.reshape(-1, 3).astype(np.int32)


def _without_molars(neutral: np.ndarray, used: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return teeth, given as by `_own_vertices`, without the molars, which would show through the mouth's lining."""
    return used, triangles[neutral[used[triangles], 2].mean(1) > MOLARS]


def _ambient_occlusion(
    vertices: np.ndarray, triangles: np.ndarray, directions: int = 64, size: int = 256
) -> np.ndarray:
    """Return the share (V,) float32 of the cosine-weighted sky that each vertex sees."""
    normals = vertex_normals(vertices, triangles)
    rng = np.random.default_rng(0)
    open_sky, total = np.zeros(len(vertices)), np.full(len(vertices), 1e-6)
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
        open_sky += cosine * (screen[:, 2] > z[row, column] - 3)  # millimetres of tolerance
        total += cosine
    return np.clip(open_sky / total * 1.15, 0.15, 1).astype(np.float32)
