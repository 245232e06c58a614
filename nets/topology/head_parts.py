# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a face on the textures of heads: a capture's on its grid, or the skin of the extension's own head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nets.capture.texture_parts import PARTS, part_masks, take_parts, union
from nets.errors import UsageError
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.topology.texture_places import chart_of, placed

GRID = "grid"  # the mesh of a capture as it is
OWN = ("head", "light")  # meshes of the extension's own head, whose skin holds the layout's chart
EYES = "eyes"  # a part of the face, and of whole heads a texture of its own


def masks_on(topology: str, layout: UVLayout) -> dict[str, np.ndarray]:
    """Return the mask of each of PARTS in a head's skin, (256, 256) float32. Raises UsageError."""
    _check(topology)
    masks = part_masks(layout)
    return masks if topology == GRID else {name: placed(mask, SIZE) for name, mask in masks.items()}


def take_from(
    textures: Mapping[str, np.ndarray],
    topology: str,
    source: Mapping[str, np.ndarray],
    source_topology: str,
    masks: Mapping[str, np.ndarray],
) -> dict[str, np.ndarray]:
    """Return the textures of a head that change if it takes parts from another one.

    textures, source: of the heads, "skin" and of whole heads also "eyes", (T, T, 3) uint8 sRGB
    masks: of the parts that are taken, see masks_on
    Raises UsageError.
    """
    _check(topology), _check(source_topology)
    check_parts(masks)
    alike = (topology == GRID) == (source_topology == GRID)
    if EYES in masks and not alike:
        message = "the eyes of a whole head are a part of their own, those of a capture on the grid are in its skin"
        raise UsageError(message, remedy="Put both heads on the same kind of mesh, or take other parts")
    theirs, size = source["skin"], len(textures["skin"])
    if not alike:
        theirs = chart_of(theirs, size) if topology == GRID else placed(theirs, size)
    changed = {"skin": take_parts(textures["skin"], theirs, union(masks.values()))}
    if EYES in masks and EYES in source and EYES in textures:
        changed[EYES] = source[EYES]
    return changed


def check_parts(names: Sequence[str]) -> None:
    """Raise UsageError unless these are names of PARTS, one at least."""
    if unknown := [name for name in names if name not in PARTS]:
        raise UsageError(f"there is no part {', '.join(unknown)}", remedy=f"Choose from {', '.join(PARTS)}")
    if not names:
        raise UsageError("no part was chosen", remedy=f"Choose from {', '.join(PARTS)}")


def _check(topology: str) -> None:
    if topology not in (GRID, *OWN):
        message = "the parts of a face are known on captures and on the extension's own head only"
        raise UsageError(message, remedy="Put the head on the whole head")
