# SPDX-License-Identifier: GPL-3.0-or-later
"""Model bundles: a folder with model.safetensors, layout.npz and model.toml. Loading is reading data, never code.

A bundle may also hold its network's graph for ONNX Runtime, once per precision, see nets/lab/onnx_export/graph.py.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from nets.errors import BundleError
from nets.geometry.uv_layout import UVLayout

WEIGHTS_FOLDER = Path(__file__).parents[1] / "weights"
DEFAULT_BUNDLE = "compact"
FORMAT = 1
PARTS = ("model.safetensors", "layout.npz")
GRAPHS = {"fp32": "graph.onnx", "int8": "graph.int8.onnx"}


@dataclass(frozen=True)
class Bundle:
    """A model as it lies on disk. weights: the path of model.safetensors; graphs: precision -> path of the graph, for
    those that it has; record: the rest of model.toml."""

    name: str
    folder: Path
    architecture: str
    input_size: int
    layout: UVLayout
    weights: Path
    graphs: dict[str, Path]
    record: dict


def available_bundles() -> list[str]:
    """Names of the bundles that come with the project."""
    return sorted(path.parent.name for path in WEIGHTS_FOLDER.glob("*/model.toml"))


def load_bundle(name_or_folder: str | Path = DEFAULT_BUNDLE) -> Bundle:
    """The bundle of that name, or in that folder.

    Raises BundleError if a part is missing, was changed or belongs to another version.
    """
    folder = Path(name_or_folder)
    if not folder.is_dir():
        folder = WEIGHTS_FOLDER / name_or_folder
    again = "Install the extension again, or choose another model"
    if not (folder / "model.toml").is_file():
        known = ", ".join(available_bundles()) or "none"
        raise BundleError(f"there is no model here (models that came along: {known})", folder, again)
    try:
        with (folder / "model.toml").open("rb") as file:
            record = tomllib.load(file)
        version, architecture, input_size = record.pop("format"), record.pop("architecture"), record.pop("input_size")
        hashes = record.pop("sha256")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise BundleError(f"not a model's description ({error})", folder / "model.toml", again) from error
    if version != FORMAT:
        raise BundleError(f"the model has format {version}, this version reads {FORMAT}", folder / "model.toml", again)
    graphs = {precision: folder / part for precision, part in GRAPHS.items() if part in hashes}
    for part in (*PARTS, *(path.name for path in graphs.values())):
        if not (folder / part).is_file():
            raise BundleError("the file is missing", folder / part, again)
        if sha256(folder / part) != hashes.get(part):
            raise BundleError("the file is damaged: its checksum is not the one in model.toml", folder / part, again)
    try:
        layout = UVLayout.load(folder / "layout.npz")
    except (KeyError, ValueError, OSError) as error:
        raise BundleError(f"not a UV layout ({error})", folder / "layout.npz", again) from error
    return Bundle(folder.name, folder, architecture, input_size, layout, folder / "model.safetensors", graphs, record)


def write_record(folder: Path, architecture: str, input_size: int, training: dict, errors: dict) -> None:
    """Writes model.toml for the parts that lie in the folder; values of training and errors are strings or numbers."""
    lines = [
        f"format = {FORMAT}",
        f'architecture = "{architecture}"',
        f"input_size = {input_size}",
        'licence = "CC0-1.0"',
    ]
    parts = [part for part in (*PARTS, *GRAPHS.values()) if (folder / part).is_file()]
    tables = {"training": training, "errors": errors, "sha256": {part: sha256(folder / part) for part in parts}}
    for title, table in tables.items():
        lines += ["", f"[{title}]"]
        lines += [
            f'"{key}" = ' + (f'"{value}"' if isinstance(value, str) else str(value)) for key, value in table.items()
        ]
    (folder / "model.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
