# SPDX-License-Identifier: GPL-3.0-or-later
import sys
import tomllib
from pathlib import Path

import bpy
import pytest

FOLDER = Path(__file__).parents[2] / "presets"
SHIPPED = [(path.parent.name, path.stem) for path in sorted(FOLDER.glob("*/*.toml"))]
INSTALLATION = "bl_ext.user_default.prnet_face_capture.blender_prnet.installation"


def settings(kind):
    scene = bpy.context.scene
    return {"photo": scene.prnet, "video": scene.prnet_bake, "live": scene.prnet_live}[kind]


def values(kind, like):
    """The settings that `like` names, as a preset's file writes them; Blender keeps numbers in single precision."""
    found = {key: type(value)(getattr(settings(kind), key)) for key, value in like.items()}
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in found.items()}


def apply(kind, name):
    return bpy.ops.prnet.apply_preset(kind=kind, preset=name)


@pytest.fixture
def own():
    """The folder of the user's presets for photos, made and emptied again."""
    folder = sys.modules[INSTALLATION].own_presets("photo")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder
    for path in folder.glob("*.toml"):
        path.unlink()


@pytest.mark.parametrize(("kind", "name"), SHIPPED)
def test_a_preset_sets_everything_that_its_file_says(kind, name):
    assert apply(kind, name) == {"FINISHED"}
    wanted = tomllib.loads((FOLDER / kind / f"{name}.toml").read_text("utf-8"))
    del wanted["label"], wanted["description"]
    assert values(kind, wanted) == wanted and settings(kind).preset == name


@pytest.mark.parametrize(("kind", "other"), [("photo", "draft"), ("video", "draft"), ("live", "lively")])
def test_a_new_scene_has_the_default_preset(kind, other):
    default = settings(kind).preset
    like = tomllib.loads((FOLDER / kind / f"{default}.toml").read_text("utf-8"))
    del like["label"], like["description"]
    as_new = values(kind, like)
    apply(kind, other)
    assert values(kind, like) != as_new
    apply(kind, default)
    assert values(kind, like) == as_new


def test_a_preset_of_ones_own(own):
    settings("photo").texture_size = "4096"
    assert bpy.ops.prnet.add_preset(kind="photo", name="Große Bilder") == {"FINISHED"}
    apply("photo", "draft")
    (path,) = own.glob("*.toml")
    apply("photo", path.stem)
    assert settings("photo").texture_size == "4096"
    with pytest.raises(RuntimeError, match="already"):
        bpy.ops.prnet.add_preset(kind="photo", name="Große Bilder")
    assert bpy.ops.prnet.remove_preset(kind="photo", preset=path.stem) == {"FINISHED"}
    with pytest.raises(RuntimeError, match="No preset named"):
        apply("photo", path.stem)


def test_shipped_presets_stay():
    with pytest.raises(RuntimeError, match="not one of your presets"):
        bpy.ops.prnet.remove_preset(kind="photo", preset="draft")
    assert (FOLDER / "photo/draft.toml").is_file()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("faces =", "people =", r"bad\.toml is not a preset for photos: .*'people'"),
        ("label", "= label", r"bad\.toml is not TOML"),
        ('"dense"', '"coarse"', r"density = 'coarse'"),
    ],
)
def test_a_damaged_preset_says_what_is_wrong_and_changes_nothing(own, old, new, message):
    text = (FOLDER / "photo/photo.toml").read_text("utf-8").replace('"all"', '"largest"')
    (own / "bad.toml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(RuntimeError, match=message):
        apply("photo", "bad")
    assert settings("photo").faces == "all" and settings("photo").preset == "photo"


def test_undo_takes_a_preset_back():
    bpy.ops.ed.undo_push(message="before")
    bpy.ops.prnet.apply_preset("EXEC_DEFAULT", True, kind="photo", preset="draft")
    assert bpy.context.scene.prnet.density == "light"
    bpy.ops.ed.undo()
    assert bpy.context.scene.prnet.density == "dense"
