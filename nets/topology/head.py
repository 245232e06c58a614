# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head on an animator's mesh, as it is sent to Blender: the project's own head, or the ICT face model's."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from nets.errors import UsageError
from nets.geometry.uv_layout import UVLayout
from nets.topology.chart_warp import warp_chart
from nets.topology.face_model import load_face_model
from nets.topology.fit import FittedHead, HeadFitter
from nets.topology.head_model import HeadModel, Sighting
from nets.topology.ict_head import ict_head
from nets.topology.ict_textures import IctTextures
from nets.topology.lit_surface import even_light, lit_surface
from nets.topology.own_head import load_own_head
from nets.topology.own_textures import OwnTextures
from nets.topology.shading_detail import detail_normals
from nets.topology.surface import Correspondence


@dataclass(frozen=True)
class ModelHead:
    """One person on a head model's mesh: the fit, a texture per part that has one, and the model itself."""

    fitted: FittedHead
    # part -> (T, T, 3) uint8 sRGB, row 0 at v = 1. Where they were asked for also "skin_photo", the skin in the photo's
    # light, beside one in even light, and "skin_normal", the skin's tangent-space normal map:
    textures: dict[str, np.ndarray]
    model: HeadModel
    topology: str  # the model's name in HEADS
    distance: float  # millimetres on average between the face and the captured surface

    def message(self) -> tuple[dict, dict[str, np.ndarray]]:
        """Return the model_head message's facts and arrays, see nets/interface/protocol.py."""
        facts = {
            "topology": self.topology,
            "shapes": self.fitted.names,
            "parts": list(self.model.part_names),
            "distance": self.distance,
        }
        arrays = {
            "vertices": self.fitted.rest,
            "offsets": self.fitted.shapes.astype(np.float16),
            "values": self.fitted.weights,
            "faces": self.model.faces,
            "face_uv": self.model.face_uv,
            "uv": self.model.uv,
            "part": self.model.part,
        }
        return facts, arrays | {f"{name}_png": _png(texture) for name, texture in self.textures.items()}


class Textures(Protocol):
    """What makes a head model's textures from a capture's."""

    def make(self, sighting: Sighting) -> dict[str, np.ndarray]:
        """Return part -> texture (n, n, 3) uint8 sRGB."""

    def normal_map(self, normals: np.ndarray) -> np.ndarray:
        """Return the skin's normal map from one (S, S, 3) uint8 in the UV layout."""

    def shape(self, vertices: np.ndarray) -> np.ndarray:
        """Return only the shape (V, 3) float32 of a capture's vertices (N, 3), as `make` puts it on the mesh."""
        return self._fitter.fit(self.correspondence.surface(vertices), np.empty((0, 2), np.float32)).captured

    def skin_mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the skin's texture mask (T, T) uint8 from a capture's in the UV layout."""


def _own(layout: UVLayout, light: bool = False) -> tuple[HeadModel, Textures]:
    model = load_own_head(light)
    return model, OwnTextures(model, layout)


def _ict(layout: UVLayout) -> tuple[HeadModel, Textures]:
    model = load_face_model()
    chart = warp_chart(model)
    return ict_head(model, chart), IctTextures(model, chart, layout)


# Topology -> its model and textures for a layout. To add a head, write such a function.
HEADS: dict[str, Callable[[UVLayout], tuple[HeadModel, Textures]]] = {
    "head": _own,
    "light": partial(_own, light=True),
    "model": _ict,
}
QUICK_PNG = [cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
QUICK_PNG += [cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP]  # half the time, and smaller, for photos' textures
STILL = ("light",)  # heads without blendshapes, as they are captured: many of them fit into a scene


class HeadMaker:
    """A head model made ready, for captures in one layout."""

    def __init__(self, layout: UVLayout, topology: str = "head"):
        """Raises FaceModelError if `model` is asked for where the face model is not installed, and UsageError if the
        layout is not the chart that the head models' vertices have places in."""
        if layout.model_vertices is None:
            message = "this network's UV layout is its own, in which the vertices of a whole head have no places"
            raise UsageError(message, remedy="Choose the capture's mesh (--mesh grid), or another model")
        if topology not in HEADS:
            raise UsageError(f"there is no topology {topology!r}", remedy=f"Choose one of: {', '.join(HEADS)}")
        self.topology, (self.model, self._textures) = topology, HEADS[topology](layout)
        self.layout, self._even_light, self._detail = layout, False, False
        self.correspondence, self._fitter = Correspondence(self.model, layout), HeadFitter(self.model)

    def finishing(self, even_light: bool, detail: bool) -> HeadMaker:
        """Return a maker of the same heads, whose skin has the photo's light divided out, a normal map, or both."""
        maker = copy(self)
        maker._even_light, maker._detail = even_light, detail
        return maker

    def make(
        self,
        vertices: np.ndarray,
        texture: np.ndarray,
        gaze: np.ndarray,
        expression: np.ndarray | None = None,
        seen: np.ndarray | None = None,
        in_view: np.ndarray | None = None,
    ) -> ModelHead:
        """Put a capture on the head model's mesh.

        vertices: (N, 3), the capture's mesh, canonical millimetres
        texture: (T, T, 3) uint8, in the UV layout
        gaze: (2, 2), as in FaceResult; empty if it is not known
        expression: (52,), the capture's weights of nets.topology.arkit.NAMES; None: they are fitted
        seen: (T, T) uint8, the texture's mask, as in FaceResult; None if it is not known
        in_view: (N,), the probability that nothing covers the vertex in the photo; None or NaN if it is not known
        """
        surface = self.correspondence.surface(vertices)
        fitted = self._fitter.fit(surface, gaze, expression)
        apart = np.linalg.norm(fitted.captured[: len(surface.points)] - surface.points, axis=1)
        distance = float(np.average(apart, weights=surface.weights))
        points = partial(self.correspondence.points, vertices)
        plain = None if in_view is None or np.isnan(in_view).any() else self.correspondence.map_of(in_view)
        sighting = Sighting(texture, seen, fitted.captured, points, plain)
        if self.topology in STILL:
            fitted = fitted.still()
        return ModelHead(fitted, self._made(sighting), self.model, self.topology, distance)

    def _made(self, sighting: Sighting) -> dict[str, np.ndarray]:
        """Return the textures, in even light and with their normal map where that is wanted."""
        textures = self._textures.make(sighting)
        if not (self._even_light or self._detail):
            return textures
        surface = lit_surface(sighting, self.layout)
        if self._even_light:
            even = replace(sighting, texture=even_light(sighting.texture, surface))
            textures = self._textures.make(even) | {"skin_photo": textures["skin"]}
        if self._detail:
            normals = detail_normals(sighting, surface, self.layout)
            textures["skin_normal"] = self._textures.normal_map(normals)
        return textures

    def shapes_of(self, rest: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
        """Return names and shapes (B, V, 3) for a head (V, 3) on this mesh at rest, see HeadFitter.shapes_of.

        Raises UsageError if the head does not have the model's vertices.
        """
        if rest.shape != self.model.neutral.shape:
            raise UsageError(f"a head of {len(rest)} vertices is not on the mesh of {len(self.model.neutral)}")
        return self._fitter.shapes_of(rest)

    def shape(self, vertices: np.ndarray) -> np.ndarray:
        """Return only the shape (V, 3) float32 of a capture's vertices (N, 3), as `make` puts it on the mesh."""
        return self._fitter.fit(self.correspondence.surface(vertices), np.empty((0, 2), np.float32)).captured

    def skin_mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the mask (T, T) uint8 of the skin's texture from that of a capture's: 1 where a photo shows it."""
        return self._textures.skin_mask(mask)


def _png(texture: np.ndarray) -> np.ndarray:
    """Return a PNG file's bytes (B,) uint8 of a texture (n, n, 3) uint8 RGB."""
    return cv2.imencode(".png", texture[..., ::-1], QUICK_PNG)[1].ravel()
