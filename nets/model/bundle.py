# SPDX-License-Identifier: GPL-3.0-or-later
"""Model bundles: a folder with model.safetensors, layout.npz and model.toml. Loading reads data and runs no code.

A bundle may also hold its network's graph for ONNX Runtime, one file per precision, see nets/lab/onnx_export/graph.py.
"""

import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from nets.errors import BundleError
from nets.geometry.uv_layout import UVLayout
from nets.io.files import replace_file

WEIGHTS_FOLDER = Path(__file__).parents[1] / "weights"
DEFAULT_BUNDLE = "compact"
FORMAT = 1
REINSTALL = "Install the extension again, or choose another model"
WEIGHTS, LAYOUT = PARTS = ("model.safetensors", "layout.npz")
# looks: that of int8 without what nobody asks who only looks whether a face is there; of a network that corrects
# estimates, for all passes but the last, that of fp32 with the corrected estimate alone
GRAPHS = {"fp32": "graph.onnx", "int8": "graph.int8.onnx", "looks": "graph.looks.onnx"}


@dataclass(frozen=True)
class Bundle:
    """A model as it lies on disk.

    weights: the path of model.safetensors
    weights_digest: its SHA-256, which names the model in caches and records
    graphs: the path of the graph for each precision that the model has
    record: the rest of model.toml
    """

    name: str
    folder: Path
    architecture: str
    input_size: int
    layout: UVLayout
    weights: Path
    weights_digest: str
    graphs: dict[str, Path]
    record: dict


def available_bundles() -> list[str]:
    """Return the names of the bundles that come with the project."""
    return sorted(path.parent.name for path in WEIGHTS_FOLDER.glob("*/model.toml"))


def load_bundle(name_or_folder: str | Path = DEFAULT_BUNDLE) -> Bundle:
    """Load the bundle of that name, or in that folder.

    A name wins over a folder of the same name in the working directory, which is given as ./NAME.
    Raises BundleError if a part is missing, was changed or belongs to another version.
    """
    folder = _folder_of(name_or_folder)
    if not (folder / "model.toml").is_file():
        known = ", ".join(available_bundles()) or "none"
        raise BundleError(f"there is no model here (models that come with the extension: {known})", folder, REINSTALL)
    try:
        with (folder / "model.toml").open("rb") as file:
            record = tomllib.load(file)
        version, architecture, input_size = record.pop("format"), record.pop("architecture"), record.pop("input_size")
        hashes = record.pop("sha256")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise BundleError(f"not a model's description ({error})", folder / "model.toml", REINSTALL) from error
    if version != FORMAT:
        message = f"the model has format {version}, this version reads {FORMAT}"
        raise BundleError(message, folder / "model.toml", REINSTALL)
    graphs = {precision: folder / part for precision, part in GRAPHS.items() if part in hashes}
    for part in (*PARTS, *(path.name for path in graphs.values())):
        if not (folder / part).is_file():
            raise BundleError("the file is missing", folder / part, REINSTALL)
        if sha256(folder / part) != hashes.get(part):
            message = "the file is damaged: its checksum is not the one in model.toml"
            raise BundleError(message, folder / part, REINSTALL)
    try:
        layout = UVLayout.load(folder / LAYOUT)
    except ValueError as error:
        raise BundleError(f"not a UV layout ({error})", folder / LAYOUT, REINSTALL) from error
    return Bundle(
        name=folder.name,
        folder=folder,
        architecture=architecture,
        input_size=input_size,
        layout=layout,
        weights=folder / WEIGHTS,
        weights_digest=hashes[WEIGHTS],
        graphs=graphs,
        record=record,
    )


def _folder_of(name_or_folder: str | Path) -> Path:
    text = os.fspath(name_or_folder)
    is_path = os.sep in text or (os.altsep is not None and os.altsep in text)
    named = WEIGHTS_FOLDER / text
    if not is_path and (named / "model.toml").is_file():
        return named
    return Path(text) if Path(text).is_dir() else named


def write_record(
    folder: Path, architecture: str, input_size: int, training: dict, errors: dict, licence: str = "CC0-1.0"
) -> None:
    """Write model.toml for the parts that lie in the folder, at once or not at all.

    training, errors: tables of strings and numbers; licence: of the weights, by default that of this project's own
    """
    parts = [part for part in (*PARTS, *GRAPHS.values()) if (folder / part).is_file()]
    facts = {"format": FORMAT, "architecture": architecture, "input_size": input_size, "licence": licence}
    lines = [f"{key} = {_toml(value)}" for key, value in facts.items()]
    tables = {"training": training, "errors": errors, "sha256": {part: sha256(folder / part) for part in parts}}
    for title, table in tables.items():
        lines += ["", f"[{title}]", *(f"{_toml(key)} = {_toml(value)}" for key, value in table.items())]
    replace_file(folder / "model.toml", ("\n".join(lines) + "\n").encode())


def _toml(value: str | float) -> str:
    """Write a string or a number in TOML. JSON's strings are TOML's, except for the character DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f") if isinstance(value, str) else str(value)


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
