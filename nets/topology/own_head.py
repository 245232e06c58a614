# SPDX-License-Identifier: GPL-3.0-or-later
"""The project's own head: its file ships with the weights, made by `python -m nets make-head` (nets/lab/head).

Components and expressions are stored in eight and sixteen bits; what that rounds off is below 0.05 mm.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from nets.errors import BundleError
from nets.io.files import make_folder, replace_file
from nets.topology.head_model import HeadModel

FILE = Path(__file__).parents[1] / "weights/head/head.npz"
MATERIALS = {  # part of the file -> material in Blender
    "skin": "skin",
    "mouth": "mouth",
    "upper gums": "mouth",
    "lower gums": "mouth",
    "tongue": "mouth",
    "upper teeth": "teeth",
    "lower teeth": "teeth",
    "left eye": "eyes",
    "right eye": "eyes",
}

SIDES = ("Left", "Right")
IDENTITY_STEP = 0.012  # mm, the least of the stored components: finer ones would only make the file larger
EXPRESSION_STEP = 0.002  # mm, of the stored expressions
STEPS = 6  # quads along each side of a patch of the skin
# Where the chart of the UV layout lies in the skin's texture: its corners, x and y from the upper left, 0 to 1.
CHART = np.array([[0.115, 0.11], [0.885, 0.985]])


def save_own_head(path: Path, arrays: dict[str, np.ndarray]) -> None:
    """Write the head's file from its arrays, see nets/lab/head/build.py.

    identity becomes int8 with a scale per component (identity_scale); expression and blendshape_maps become int16 in
    steps of EXPRESSION_STEP. Raises OutputError.
    """
    identity = arrays["identity"]
    scale = np.maximum(np.abs(identity).max((1, 2)) / 127, IDENTITY_STEP)
    stored = arrays | {
        "identity": np.round(identity / scale[:, None, None]).astype(np.int8),
        "identity_scale": scale.astype(np.float32),
        **{
            name: np.round(arrays[name] / EXPRESSION_STEP).astype(np.int16)
            for name in ("expression", "blendshape_maps")
        },
    }
    packed = io.BytesIO()
    np.savez_compressed(packed, **stored)
    replace_file(make_folder(path.parent) / path.name, packed.getbuffer())


def read_own_head(path: Path = FILE) -> dict[str, np.ndarray]:
    """Return the arrays of a head's file as `save_own_head` takes them. Raises BundleError."""
    stored = _read(path, lambda name: True)
    scale = stored.pop("identity_scale")[:, None, None]
    steps = {name: stored[name] * np.float32(EXPRESSION_STEP) for name in ("expression", "blendshape_maps")}
    return stored | steps | {"identity": stored["identity"] * scale}


@cache
def load_own_head(light: bool = False, path: Path = FILE) -> HeadModel:
    """Return the project's own head; `light` has every other row and column of the skin.

    Raises BundleError if its file is missing or damaged.
    """
    arrays = _read(path, lambda name: name != "blendshape_maps")
    names = [str(name) for name in arrays["part_names"]]
    ends = arrays["part_ends"].astype(int)
    part_of_vertex = np.repeat(np.arange(len(names)), np.diff([0, *ends]))
    faces, face_uv, chart = arrays["faces"], arrays["face_uv"], arrays["chart"]
    if light:
        skin = (faces < len(chart)).all(1)
        faces, face_uv = (np.concatenate([_every_other(each[skin]), each[~skin]]) for each in (faces, face_uv))
    kept, faces = np.unique(faces, return_inverse=True)
    part_of_vertex, faces = part_of_vertex[kept], faces.reshape(-1, 4).astype(np.int32)

    def vertices(*wanted: str) -> np.ndarray:
        return np.flatnonzero(np.isin(part_of_vertex, [names.index(name) for name in wanted]))

    materials = tuple(dict.fromkeys(MATERIALS.values()))
    material_of = np.array([materials.index(MATERIALS[name]) for name in names], np.uint8)
    eyes = {side: vertices(f"{side.lower()} eye") for side in SIDES}
    jaws = [vertices(f"{jaw} gums", f"{jaw} teeth") for jaw in ("upper", "lower")]
    return HeadModel(
        neutral=arrays["neutral"][kept],
        identity=np.take(arrays["identity"], kept, 1) * arrays["identity_scale"][:, None, None],
        expression=np.take(arrays["expression"], kept, 1) * np.float32(EXPRESSION_STEP),
        expression_names=tuple(str(name) for name in arrays["expression_names"]),
        faces=faces,
        face_uv=face_uv,
        uv=arrays["uv"],
        part=material_of[part_of_vertex[faces.max(1)]],
        part_names=materials,
        chart=chart[kept[kept < len(chart)]] * (1, -1) + (0, 1),
        eyes=eyes,
        eye_surface=eyes,
        rigid=(*eyes.values(), *jaws),
        lids={side: np.searchsorted(kept, arrays[f"{side.lower()}_lids"]) for side in SIDES},
        lid_columns={side: _kept_columns(arrays[f"{side.lower()}_lid_columns"], kept) for side in SIDES},
    )


@cache
def load_blendshapes(path: Path = FILE) -> np.ndarray:
    """Return the head's blendshapes as coarse maps of the layout that the face model's chart makes.

    Returns (52, 64, 64, 3) float32, canonical millimetres: how far each of nets.topology.arkit.NAMES at weight 1 moves
    a texel. Raises BundleError as `load_own_head` does.
    """
    return _read(path, lambda name: name == "blendshape_maps")["blendshape_maps"] * np.float32(EXPRESSION_STEP)


def _read(path: Path, wanted: Callable[[str], bool]) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored if wanted(name)}
    except (OSError, ValueError, EOFError) as error:
        raise BundleError(f"the head's file cannot be read ({error})", path, "Install the extension again") from None


def _kept_columns(columns: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return columns (C, R) of vertices as numbers among the kept ones (K,), without rows and columns that are not."""
    there = np.isin(columns, kept)
    return np.searchsorted(kept, columns[there[:, 0]][:, there[0]])


def _every_other(quads: np.ndarray) -> np.ndarray:
    """Return quads (F / 4, 4) over two rows and two columns each, from the patches of the skin's quads (F, 4).

    A patch has STEPS x STEPS quads in rows; a quad's corners are lower left, lower right, upper right, upper left.
    """
    patch = quads.reshape(-1, STEPS, STEPS, 4)
    upper = left = slice(0, None, 2)
    lower = right = slice(1, None, 2)
    corners = [patch[:, lower, left, 0], patch[:, lower, right, 1], patch[:, upper, right, 2], patch[:, upper, left, 3]]
    return np.stack(corners, -1).reshape(-1, 4)
