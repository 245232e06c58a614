# SPDX-License-Identifier: GPL-3.0-or-later
"""Every panel can be drawn in every state, and drawing reads no file twice. Blender draws none without a window."""

import sys
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest

from tests.blender.test_blendshapes import character
from tests.blender.test_capture import PACKAGE, capture


class Layout:
    """Takes every call that a UILayout takes, and keeps the texts and the operators."""

    def __init__(self, kept=None):
        self.kept = [] if kept is None else kept

    def __getattr__(self, name):
        def call(*arguments, **settings):
            self.kept += [settings["text"]] if settings.get("text") else []
            if name in ("operator", "popover"):
                self.kept.append(arguments[0])
                return SimpleNamespace()
            return Layout(self.kept)

        return call


def modules(name):
    return sys.modules[f"{PACKAGE}.{name}"]


def draw(panel, context) -> list[str]:
    """The texts and the operators that the panel shows; none if it is not shown."""
    if hasattr(panel, "poll") and not panel.poll(context):
        return []
    own = SimpleNamespace(layout=Layout())
    of_preset_menus = "path_menu", "preset_subdir", "preset_operator", "preset_add_operator"
    of_others = "operator", "bl_space_type", "with_report", "kind", "draw_engine", "draw_gpu_support", "_draw_entry"
    for name in (*of_preset_menus, *of_others):
        if hasattr(panel, name):
            value = getattr(panel, name)
            setattr(own, name, value.__get__(own) if callable(value) else value)
    panel.draw(own, context)
    return own.layout.kept


def draw_all(**overrides) -> dict[str, list[str]]:
    region = SimpleNamespace(width=300)
    tools = SimpleNamespace(from_space_view3d_mode=lambda *_, **__: None, from_space_image_mode=lambda *_, **__: None)
    context = SimpleNamespace(
        window_manager=bpy.context.window_manager,
        scene=bpy.context.scene,
        preferences=SimpleNamespace(system=SimpleNamespace(ui_scale=1.0)),
        object=bpy.context.object,
        mode="OBJECT",
        region=region,
        area=SimpleNamespace(type="VIEW_3D"),
        workspace=SimpleNamespace(tools=tools),
        space_data=SimpleNamespace(mode="VIEW", shading=SimpleNamespace(type="SOLID", light="FLAT")),
    )
    vars(context).update(overrides)
    panels = [cls for cls in modules("ui").CLASSES if hasattr(cls, "draw")]
    return {cls.__name__: draw(cls, context) for cls in panels}


@pytest.fixture
def settings():
    return bpy.context.scene.prnet


def test_panels_of_an_empty_scene():
    modules("session").SESSION.client.end()  # a worker of the test before
    shown = draw_all()
    assert "prnet.capture" in shown["PRNET_PT_capture"] and "Photo" in shown["PRNET_PT_capture"]
    assert "prnet.download_face_model" in shown["PRNET_PT_topology"]
    assert "prnet.install_gpu_support" in shown["PRNetPreferences"]
    assert "Starts with the next job" in " ".join(shown["PRNET_PT_engine"])
    assert not shown["PRNET_PT_head"]
    assert "prnet.apply_preset" in shown["PRNET_PT_photo_presets"]


def test_panels_of_a_captured_head_a_running_job_and_failures(photos, settings):
    capture(photos, "portrait.png", "sky.png")
    shown = draw_all()
    assert (
        "portrait.png" in shown["PRNET_PT_head_details"] and "prnet.pin_landmark" not in shown["PRNET_PT_head_correct"]
    )
    assert "prnet.find_faces" in shown["PRNET_PT_head_correct"]
    assert "sky.png" in shown["PRNET_PT_capture"]
    settings.texture_size = "512"
    assert "Photo (changed)" in draw_all()["PRNET_PT_capture"]
    state = bpy.context.window_manager.prnet
    state.running, state.text = True, "portrait.png"
    bpy.context.scene.prnet_folder.folder = str(photos)
    try:
        shown = draw_all()
    finally:
        state.running = False
    with_progress = [name for name, texts in shown.items() if "portrait.png" in texts and "details" not in name]
    editors = [getattr(bpy.types, name).bl_space_type for name in with_progress]
    assert sorted(editors) == ["IMAGE_EDITOR", "SEQUENCE_EDITOR", "VIEW_3D"]  # once in each
    for result in ("frames", "compact", "arkit", "cache"):
        bpy.context.scene.prnet_bake.result = result
        assert any("MB" in text for text in draw_all()["PRNET_PT_bake"])


def test_the_panel_of_key_names_says_what_is_not_found():
    thing = character("jawOpen", "grin")
    shown = draw_all(object=thing)["PRNET_PT_key_names"]
    assert "1 of 52 found" in shown
    assert "Not found: eyeBlinkLeft, eyeLookDownLeft" in " ".join(shown) and "jawOpen" not in " ".join(shown)
    assert "prnet.fill_key_names" in shown
    assert not draw_all(object=None)["PRNET_PT_key_names"]


def test_drawing_reads_a_file_again_only_when_it_has_changed(monkeypatch, settings):
    installation, opened = modules("installation"), []
    own = installation.own_presets("photo") / "mine.toml"
    assert bpy.ops.prnet.add_preset(kind="photo", name="Mine") == {"FINISHED"}
    try:
        draw_all()
        read_bytes, read_text = Path.read_bytes, Path.read_text

        def counting(read):
            def count(path, *arguments, **options):
                opened.append(path.name)
                return read(path, *arguments, **options)

            return count

        monkeypatch.setattr(Path, "read_bytes", counting(read_bytes))
        monkeypatch.setattr(Path, "read_text", counting(read_text))
        shown = draw_all()
        assert "Mine" in shown["PRNET_PT_capture"] and not opened
        own.write_text(read_text(own, "utf-8").replace('"Mine"', '"My own preset"'), "utf-8")
        assert "My own preset" in draw_all()["PRNET_PT_capture"] and set(opened) == {"mine.toml"}
    finally:
        own.unlink()
    assert "Presets" in draw_all()["PRNET_PT_capture"]
