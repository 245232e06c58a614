# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of one person on the photo of another: texture of the one; shape, expression and light of the other.

The texture is drawn on the other's captured surface. It is shifted in colour by a smooth field that equals the
difference of both faces along the edge of what is drawn (a membrane, as in gradient-domain cloning: Pérez, Gangnet,
Blake, SIGGRAPH 2003) and follows the photo's light between. The field is found in the texture, from skin that is in
plain view: hair, hands and glasses, which stay in front, do not colour the face, and clips do not flicker.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from nets.capture.face import FaceResult
from nets.capture.monochrome import in_tones, tones_of
from nets.capture.render_over import mixed, over, plain_view
from nets.capture.texture import enlarge, reduce
from nets.capture.texture_parts import part_masks, union
from nets.geometry.inpainting import push_pull
from nets.geometry.pose import angles
from nets.geometry.rasteriser import vertex_normals
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh, sample
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE, UVLayout
from nets.geometry.visibility import smoothstep

INSET, FEATHER = 7, 3.0  # texels by which what is drawn ends within the face, and over which it fades
COVERED, BARE = 0.5, 0.85  # probability of plain view at which none and all of a source's skin is used
RING = 14  # texels along the edge in which both faces are compared
INNER = 0.02  # weight of the skin within, of that along the edge: the photo's light on the face
CELLS = 64  # along each side of the field
FACING, HIDDEN = 0.35, 0.004  # cosine from which skin shows its colour; metres behind the surface that is seen
# By which the texture's contrast changes with its brightness, and its channels with the colour of the light; more would
# show highlights and noise.
MAX_GAIN, MAX_TINT = 1.3, 2.0
TURNED = 45  # degrees of yaw, beyond which a photo shows too little of a face's far side


class FaceSwap:
    """A face that can be put on any number of photos."""

    def __init__(self, source: FaceResult, layout: UVLayout):
        """Prepare a captured face, on its grid. What covers it in its photo, such as hair, is not used."""
        face = (layout.weights > FACE_WEIGHT).astype(np.uint8)
        inside = cv2.distanceTransform(np.pad(face, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        below_eyes = np.arange(SIZE)[:, None] > layout.landmarks[30, 0]
        mouth = cv2.dilate((layout.bridged & below_eyes).astype(np.uint8), np.ones((3, 3), np.uint8))
        bare = _bare(source)
        edge = cv2.distanceTransform(((inside > INSET) & (bare > 0.5)).astype(np.uint8), cv2.DIST_L2, 5)
        drawn = smoothstep(np.minimum((inside - INSET) / FEATHER, edge / FEATHER)) * (1 - mouth)
        masks = part_masks(layout)
        skin = face * bare * (1 - union(masks[name] for name in ("eyes", "brows", "lips")))
        self._texture = source.texture.astype(np.float32)
        self._small = cv2.GaussianBlur(reduce(source.texture), (0, 0), 1.5)
        self._drawn = np.repeat(np.uint8(255 * cv2.GaussianBlur(drawn, (0, 0), 1.0) + 0.5)[..., None], 3, axis=2)
        self._compared = skin * np.where(edge < RING, 1, INNER).astype(np.float32)

    def __call__(self, photo: np.ndarray, mesh: SeenMesh, uv: np.ndarray, in_view: np.ndarray) -> np.ndarray:
        """Return a photo (H, W, 3) uint8 with this face on it.

        mesh: the captured surface of the photo's face
        uv: (V, 2), its vertices' places in the layout
        in_view: (V,), as in FaceResult
        """
        corner_uv, material = uv[mesh.triangles], np.zeros(len(mesh.triangles), int)
        face = TexturedMesh(mesh, corner_uv, material, (self._in_light_of(photo, mesh, uv, in_view),))
        drawn = replace(face, textures=(self._drawn,)).colours[:, 0] / 255
        share = plain_view(mesh, in_view) * mesh.raster.picture(drawn, 0)
        old = photo.astype(np.float32)
        return mixed(old, over(face, old), share[..., None])

    def _in_light_of(self, photo: np.ndarray, mesh: SeenMesh, uv: np.ndarray, in_view: np.ndarray) -> np.ndarray:
        """Return the texture (T, T, 3) float32 with the colours that it has in the photo."""
        x, y = mesh.places.T
        pitch = np.sqrt(np.ptp(x) * np.ptp(y)) / SIZE  # pixels per texel of the layout
        seen = sample(cv2.GaussianBlur(photo, (0, 0), max(1.5 * pitch, 0.3)).astype(np.float32), x, y)
        row, column = _texels(uv)
        own, plain = self._small[row, column], smoothstep(2 * np.nan_to_num(in_view, nan=1) - 1)
        weight = self._compared[row, column] * plain * plainly_seen(mesh, photo.shape)
        gain = _gain(weight @ seen, weight @ own)
        difference, weights = _in_cells(row, column, seen - gain * own, weight)
        field = cv2.GaussianBlur(push_pull(difference, weights), (0, 0), 1.0)
        relit = gain * self._texture + enlarge(field, len(self._texture), cv2.INTER_CUBIC)
        if (tones := tones_of(photo[mesh.raster.mask])) is not None:
            relit = in_tones(relit, tones)
        return np.clip(relit, 0, 255).astype(np.float32)


def doubt_about(source: FaceResult, name: str) -> str | None:
    """Return what speaks against a face as the source of a swap, None if nothing does. name: of its photo."""
    yaw = abs(angles(source.pose_rotation)[0])
    if yaw <= TURNED:
        return None
    return f"{name}: the face is turned by {yaw:.0f}°, its far side is a guess. Choose a photo from the front"


def plainly_seen(mesh: SeenMesh, shape: tuple[int, ...]) -> np.ndarray:
    """Return how far vertices (V,) show their colour in a photo of that shape, float32 in [0, 1]: where they are in it,
    face the camera, and are not hidden by the mesh itself."""
    x, y = mesh.places.T
    inside = (x >= 0) & (y >= 0) & (x <= shape[1] - 1) & (y <= shape[0] - 1)
    facing = vertex_normals(mesh.points * (1, -1, -1), mesh.triangles)[:, 2]
    row, column = (np.clip(np.rint(axis), 0, size - 1).astype(int) for axis, size in ((y, shape[0]), (x, shape[1])))
    slope = np.sqrt(1 - np.minimum(facing**2, 1)) / np.maximum(facing, 0.25)
    hidden = mesh.points[:, 2] - mesh.depth()[row, column] > HIDDEN * (1 + slope)
    return (smoothstep(facing / FACING - 0.5) * (inside & ~hidden)).astype(np.float32)


def _gain(seen: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return the factor (3,) from the sum of a texture's colours to that of a photo's, within limits."""
    seen, own = seen + 1e-3, own + 1e-3
    brightness = seen.sum() / own.sum()
    tint = np.clip(seen / own / brightness, 1 / MAX_TINT, MAX_TINT)
    return np.clip(brightness, 1 / MAX_GAIN, MAX_GAIN) * tint


def _bare(source: FaceResult) -> np.ndarray:
    """Return where nothing covers a face in its photo, (256, 256) float32 in [0, 1].

    What the face itself hides is not covered: the texture is filled there from the mirrored half.
    """
    bare = 1 - source.visibility * (1 - smoothstep((source.in_view - COVERED) / (BARE - COVERED)))
    row, column = _texels(source.uv)
    values, weights = np.zeros((SIZE, SIZE, 1), np.float32), np.zeros((SIZE, SIZE), np.float32)
    values[row, column, 0], weights[row, column] = np.nan_to_num(bare, nan=1), 1
    return push_pull(values, weights)[..., 0]


def _texels(uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return row and column (V,) of the texels nearest to texture places (V, 2)."""
    places = np.rint((uv * (1, -1) + (0, 1)) * SIZE - 0.5).astype(int)
    return tuple(np.clip(places, 0, SIZE - 1)[:, ::-1].T)


def _in_cells(
    row: np.ndarray, column: np.ndarray, values: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean (CELLS, CELLS, 3) of values (V, 3) at texels, and the sum of their weights."""
    cell = row * CELLS // SIZE * CELLS + column * CELLS // SIZE
    sums = [np.bincount(cell, weight * each, CELLS * CELLS) for each in (*values.T, np.ones(len(cell)))]
    weights = sums[3].reshape(CELLS, CELLS)
    return np.stack(sums[:3], -1).reshape(CELLS, CELLS, 3) / np.maximum(weights, 1e-9)[..., None], weights


def describe_swap(sources: Iterable[str]) -> str:
    """Return what the metadata of pictures with other faces says. sources: names of the photos of these faces."""
    return f"Altered picture: faces were replaced by those of {', '.join(sources)}"
