# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package may import which: docs/engineering.md shows the picture, these tests hold it."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# From the bottom up: a package may import those before it, and no others of its side.
WORKER = (
    *("interface", "errors", "environment", "io", "geometry", "model", "capture", "topology", "merge", "performance"),
    *("live", "batch", "worker", "commands", "lab"),
)
BLENDER = ("interface", "data", "worker", "jobs", "scene", "settings", "operators", "ui")
# Python that the other side has, and this one must do without.
FOREIGN = {"nets": ["bpy"], "blender_prnet": ["torch", "cv2", "onnxruntime", "numba", "scipy", "safetensors"]}
# Packages of Blender's side that can be imported, and tested, outside Blender.
WITHOUT_BLENDER = ("blender_prnet.data", "blender_prnet.worker", "blender_prnet.jobs")


def modules(side: str) -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / side).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(name: str, path: Path) -> Iterator[str]:
    """The absolute names of all modules that a file imports, at its top or in its functions."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("side", "layers"), [("nets", WORKER), ("blender_prnet", BLENDER)])
def test_imports_point_downwards(side, layers):
    wrong = []
    for name, path in modules(side):
        own = name.split(".")[1:2]
        if not own or own[0] not in layers:
            continue  # the package itself and its few loose modules, which tie the rooms together
        for target in imports(name, path):
            other = target.split(".")[1:2] if target.startswith(f"{side}.") else []
            if other and other[0] in layers and layers.index(other[0]) > layers.index(own[0]):
                wrong.append(f"{name} imports {target}")
    assert not wrong


def test_neither_side_imports_the_other():
    assert not [name for name, path in modules("nets") if any("blender_prnet" in each for each in imports(name, path))]
    bridge = ROOT / "blender_prnet/interface.py"
    for name, path in modules("blender_prnet"):
        assert path == bridge or not any(each.startswith("nets") for each in imports(name, path)), name


def test_one_file_spells_the_custom_properties():
    homes = (ROOT / "blender_prnet/scene/head_properties.py", ROOT / "blender_prnet/settings/__init__.py")
    others = ("prnet_bake", "prnet_face_capture/bakes")  # the command, the folder of its files
    for name, path in modules("blender_prnet"):
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
        wrong = [text for text in texts if text.startswith("prnet_") and text not in others]
        assert path in homes or not wrong, f"{name} spells {wrong}: read it with scene.head_properties"


@pytest.mark.parametrize("side", ["nets"])
def test_every_module_imports_without_the_other_sides_packages(side):
    import_without([name for name, _ in modules(side) if not name.endswith("mediapipe_peer")], FOREIGN[side])


def test_data_and_worker_of_blenders_side_import_without_blender():
    names = [name for name, _ in modules("blender_prnet") if name.startswith(WITHOUT_BLENDER)]
    assert names
    import_without(names, ["bpy", "mathutils", *FOREIGN["blender_prnet"]])


def import_without(names: list[str], packages: list[str]) -> None:
    """Import the modules in a fresh process in which the packages cannot be imported."""
    names = [name for name in names if not name.endswith("__main__")]
    code = "import importlib, sys\n"
    code += f"sys.modules.update(dict.fromkeys({packages!r}))\n"
    code += f"for name in {names!r}: importlib.import_module(name)\n"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
