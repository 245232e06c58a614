# SPDX-License-Identifier: GPL-3.0-or-later
import tomllib
from pathlib import Path

import bpy
import pytest

FOLDER = Path(__file__).parents[2] / "presets"
FILES = {path.stem: tomllib.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.toml")}


def settings():
    prnet = bpy.context.scene.prnet
    return {
        "model": prnet.model,
        "faces": prnet.faces,
        "density": prnet.density,
        "texture_size": int(prnet.texture_size),
        "moves": prnet.moves,
    }


@pytest.mark.parametrize("name", FILES)
def test_a_preset_sets_everything_that_its_file_says(name):
    bpy.context.scene.prnet.preset = name
    wanted = {key: value for key, value in FILES[name].items() if key not in ("label", "description")}
    assert settings() == wanted


def test_a_new_scene_has_the_photo_preset():
    as_new = settings()
    bpy.context.scene.prnet.preset = "draft"
    assert settings() != as_new
    bpy.context.scene.prnet.preset = "photo"
    assert settings() == as_new
