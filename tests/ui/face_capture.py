# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension, as scenarios in Blender's window meet it."""

import sys

import bpy
import driver

EXTENSION = "bl_ext.user_default.prnet_face_capture"
TAB = "Face Capture"
PATIENCE = 300  # seconds; machines that test are busy machines


def module(name):
    """A module of blender_prnet, by its dotted name."""
    return sys.modules[f"{EXTENSION}.blender_prnet.{name}"]


def session():
    """What lives while the extension is enabled."""
    return module("session").SESSION


def state():
    return bpy.context.window_manager.prnet


def heads(mark="prnet_source"):
    """Those from photos; with the mark "prnet_performance", those from clips."""
    return [thing for thing in bpy.data.objects if mark in thing]


def report():
    return [line.message for line in state().report]


def begin():
    """An empty scene, which undo leads back to, and the tab open."""
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
    bpy.ops.ed.undo_push(message="Empty scene")
    driver.open_tab(TAB)


def press_button(operator, with_options=""):
    yield from driver.click(*(yield from driver.find_button(operator, with_options)))


def started():
    yield from driver.wait_until(lambda: state().running, PATIENCE, "the job to start")


def ended():
    yield from driver.wait_until(lambda: not state().running, PATIENCE, "the job to end")


def finished():
    """Wait for a job from its start to its end, which is a good one."""
    yield from started()
    yield from ended()
    assert not report(), report()


def put_strip(clip, start=1):
    """The clip alone in the sequencer, selected."""
    scene = bpy.context.scene
    scene.sequence_editor_clear()
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    strips.new_movie(clip.stem, str(clip), 1, start).select = True


def open_panels(*panels):
    """Panels that are closed by default are open, once they are drawn."""
    for panel in panels:
        bpy.utils.unregister_class(panel)
        panel.bl_options = panel.bl_options - {"DEFAULT_CLOSED"}
    for panel in panels:
        bpy.utils.register_class(panel)
