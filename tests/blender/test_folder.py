# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder of photos becomes a collection of heads, with the real worker and all that lies about in folders."""

import json
import os
import shutil
import sys
import threading
import time

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from blender_prnet.scene.camera import frame_photo
from blender_prnet.scene.folder_import import FolderImport
from blender_prnet.scene.layout import CELL, Layout
from blender_prnet.scene.lighting import COLLECTION
from blender_prnet.scene.viewing import box_of

pytestmark = pytest.mark.one_version

PACKAGE = "bl_ext.user_default.prnet_face_capture.blender_prnet"
NAME_OF_BYTES = os.fsdecode(b"caf\xe9.png")  # as old disks have them: not UTF-8


@pytest.fixture
def shoot(photos, tmp_path):
    """A folder: three good photos, one of them in a subfolder, and every kind of file that is none."""
    folder = tmp_path / "shoot 🎬"
    (folder / "day\n2").mkdir(parents=True)
    shutil.copy(photos / "portrait.png", folder / "a.png")
    shutil.copy(photos / "wide.png", folder / "day\n2/b.png")
    vary(photos / "portrait.png", folder / NAME_OF_BYTES)
    shutil.copy(photos / "sky.png", folder / "sky.png")
    shutil.copy(photos / "broken.png", folder / "broken.png")
    (folder / NAME_OF_BYTES.replace("png", "jpg")).write_bytes(b"nor is this")
    shutil.copy(photos / "portrait.png", folder / "z copy.png")
    (folder / "cut.png").write_bytes((photos / "portrait.png").read_bytes()[:5000])
    (folder / "empty.jpg").touch()
    (folder / "notes.txt").write_text("call the studio")
    (folder / ".hidden.png").touch()
    (folder / "gone.png").symlink_to(folder / "nowhere.png")
    (folder / "day\n2/up").symlink_to(folder)
    os.mkfifo(folder / "pipe.png")
    return folder


REASONS = {
    "sky.png": "no face found",
    "broken.png": "not an image in a known format",
    "caf\\xe9.jpg": "not an image in a known format",
    "z copy.png": "the same picture as a.png",
    "cut.png": "damaged or cut short",
    "empty.jpg": "the file is empty",
    "notes.txt": "not an image that Blender shows, by its name",
    ".hidden.png": "hidden",
    "gone.png": "a link to nothing",
    "up": "the same folder as",
    "pipe.png": "not a file but a device",
}


def vary(photo, copy):
    """The same picture in other bytes: PNG readers pass over what follows the end."""
    copy.write_bytes(photo.read_bytes() + copy.name.encode("utf-8", "surrogateescape"))


def many(photos, folder, count):
    folder.mkdir()
    for number in range(count):
        vary(photos / "portrait.png", folder / f"{number:02}.png")
    return folder


def import_folder(folder, undo=False, preset="draft", **settings):
    for name, value in settings.items():
        setattr(bpy.context.scene.prnet_folder, name, value)
    return bpy.ops.prnet.import_folder("EXEC_DEFAULT", undo, directory=str(folder), preset=preset)


def heads():
    return sorted((thing for thing in bpy.data.objects if thing.type == "MESH"), key=lambda head: head.name)


def imported():
    """The collections of the imported folders."""
    return [child for child in bpy.context.scene.collection.children if child.name != COLLECTION]


def failed():
    return {line.name: line.reason for line in bpy.context.window_manager.prnet_folder.failed}


def test_every_photo_becomes_a_head_and_every_other_file_has_its_reason(shoot):
    assert import_folder(shoot) == {"FINISHED"}
    assert [head.name for head in heads()] == ["Head a_0", "Head b_0", "Head caf\\xe9_0"]
    (collection,) = imported()
    assert collection.name == "shoot 🎬"
    assert {child.name for child in collection.children} == {"a", "caf\\xe9", "day\n2"}
    assert [child.name for child in bpy.data.collections["day\n2"].children] == ["b"]
    assert failed().keys() == REASONS.keys()
    for name, reason in REASONS.items():
        assert reason in failed()[name]
    assert all(os.path.lexists(line.path) for line in bpy.context.window_manager.prnet_folder.failed)


def test_names_and_subfolders(shoot):
    with pytest.raises(RuntimeError, match="no photo to import"):
        import_folder(shoot, pattern="*.webp")
    assert import_folder(shoot, pattern="A*; B.PNG", subfolders=False) == {"FINISHED"}
    assert [head.name for head in heads()] == ["Head a_0"] and failed() == {}
    with pytest.raises(RuntimeError, match=r"nowhere cannot be read: No such file or directory"):
        import_folder(shoot / "nowhere")


@pytest.mark.parametrize("one_per, collections, cameras", [("photo", ["b"], 1), ("face", ["b_0", "b_1"], 2)])
def test_a_collection_per_photo_or_per_person(shoot, one_per, collections, cameras):
    import_folder(shoot / "day\n2", one_per=one_per, subfolders=False, preset="photo")
    (folder,) = imported()
    made = [child for child in folder.children if child.name[:3] in collections]
    assert sorted(child.name for child in made)[:2] == collections
    assert len(heads()) == 2 and len(bpy.data.cameras) == cameras


def test_heads_of_a_grid_stand_close_together_whatever_their_photos_are(photos, tmp_path):
    folder = many(photos, tmp_path / "many", 3)
    shutil.copy(photos / "wide.png", folder / "wide.png")
    import_folder(folder, layout="grid", preset="photo")
    bpy.context.view_layer.update()
    assert set(bpy.context.selected_objects) == set(heads())
    boxes = [box_of([head]) for head in heads()]
    for number, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[:number]:
            assert (low[[0, 2]] >= other_high[[0, 2]]).any() or (high[[0, 2]] <= other_low[[0, 2]]).any()
    middles = np.array([(low + high)[[0, 2]] / 2 for low, high in boxes])[:3]  # those of single faces
    assert np.ptp(middles, 0) == pytest.approx(CELL)


def test_photos_of_a_line_do_not_see_each_other(photos, tmp_path):
    import_folder(many(photos, tmp_path / "many", 3), layout="line")
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    cameras = [thing for thing in bpy.data.objects if thing.type == "CAMERA"]
    assert len({round(camera.location.x, 3) for camera in cameras}) == 3
    for camera in cameras:
        frame_photo(scene, camera, (512, 512))
        seen = [world_to_camera_view(scene, camera, head.matrix_world.translation) for head in heads()]
        assert sum(0 < x < 1 and 0 < y < 1 for x, y, _ in seen) == 1


def test_cameras_do_not_hide_the_heads_of_a_folder(photos, tmp_path):
    folder = many(photos, tmp_path / "many", 2)
    import_folder(folder)
    cameras = [thing for thing in bpy.data.objects if thing.type == "CAMERA"]
    assert [camera.hide_get() for camera in cameras] == [True, True]
    bpy.context.view_layer.objects.active = heads()[1]
    assert bpy.ops.prnet.look_through() == {"FINISHED"}
    looked_through = bpy.context.scene.camera
    assert [camera.hide_get() for camera in cameras] == [camera != looked_through for camera in cameras]


def test_layouts_put_photos_where_they_say():
    sizes = [(2, 1), (4, 3), (2, 2)]
    places = {kind: Layout(kind, columns=2, left=10.0) for kind in ("line", "grid", "pile")}
    places = {kind: [layout.place(*size) for size in sizes] for kind, layout in places.items()}
    assert places["line"] == [(11, 0), (14, 0), (17, 0)]
    assert places["grid"] == [(11, 0), (14, -1), (11, -3.5)]  # 0.5 is the top, the second row begins at -2.5
    assert places["pile"] == [(11, 0), (12, 0), (11, 0)]


def test_the_panel_says_before_what_the_file_will_take(photos, tmp_path):
    folder = many(photos, tmp_path / "many", 3)
    bpy.ops.prnet.apply_preset(kind="photo", preset="draft")
    _, stated, _ = sys.modules[f"{PACKAGE}.ui.folder_panels"].needed_bytes(3, bpy.context.scene.prnet)
    before = saved_bytes(tmp_path)
    import_folder(folder)
    assert saved_bytes(tmp_path) - before == pytest.approx(stated, rel=0.25)


def saved_bytes(folder):
    bpy.ops.wm.save_as_mainfile(filepath=str(folder / "size.blend"), compress=False, copy=True)
    return (folder / "size.blend").stat().st_size


def test_one_undo_takes_the_whole_import_back(shoot):
    bpy.ops.ed.undo_push(message="before")
    import_folder(shoot, undo=True)
    assert len(heads()) == 3
    bpy.ops.ed.undo()
    assert not heads() and not bpy.context.scene.collection.children and not bpy.data.images
    bpy.ops.ed.redo()
    assert len(heads()) == 3


def kill_worker_at(count, again=False):
    """A thread that kills the worker once there are so many heads, and the next one as soon as it greets."""
    client = sys.modules[f"{PACKAGE}.session"].SESSION.client

    def wait_for(condition):
        end = time.monotonic() + 100
        while not condition() and time.monotonic() < end:
            time.sleep(0.005)

    def kill():
        wait_for(lambda: len(bpy.data.meshes) >= count)
        first = client._worker
        os.kill(first.pid, 9)
        if again:
            wait_for(lambda: client._worker not in (None, first) and client._worker.hello)
            os.kill(client._worker.pid, 9)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_worker_that_dies_costs_one_photo(photos, tmp_path):
    folder = many(photos, tmp_path / "many", 6)
    killer = kill_worker_at(2)
    assert import_folder(folder) == {"FINISHED"}
    killer.join()
    (failure,) = failed().values()
    assert "exit code -9" in failure
    assert len(heads()) == 5


def test_import_that_ended_early_goes_on_where_it_was_even_after_the_file_was_saved(photos, tmp_path):
    folder = many(photos, tmp_path / "many", 8)
    killer = kill_worker_at(2, again=True)
    with pytest.raises(RuntimeError, match="The worker stopped"):
        import_folder(folder, layout="line", one_per="face", preset="upright")
    killer.join()
    count = len(heads())
    assert 2 <= count < 7 and len(failed()) == 1
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "half.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    assert not bpy.ops.prnet.resume_folder.poll()
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "half.blend"))
    bpy.context.scene.prnet_folder.one_per = "photo"  # what it began with holds
    assert bpy.ops.prnet.resume_folder() == {"FINISHED"}
    assert len(heads()) == 7 and len({head["prnet_source"] for head in heads()}) == 7
    (collection,) = imported()
    assert all(child.name.endswith("_0") for child in collection.children)
    assert len({round(head.location.x, 3) for head in heads()}) == 7
    assert not bpy.ops.prnet.resume_folder.poll()


@pytest.mark.parametrize(
    "change", [{"folder": 3}, {"left": "no"}, {"left": ["../../secret.png"]}, {"moves": "house"}, {"options": {}}]
)
def test_stored_state_of_an_import_that_was_tampered_with(tmp_path, change):
    collection = bpy.data.collections.new("photos")
    bpy.context.scene.collection.children.link(collection)
    what = FolderImport(str(tmp_path), "face", "head", {"model": "compact"}, Layout(), collection=collection.name)
    what.keep([str(tmp_path / "a.png")])
    assert FolderImport.of(collection).left == (str(tmp_path / "a.png"),)
    kept = json.loads(collection["prnet_unfinished"])
    collection["prnet_unfinished"] = json.dumps({**kept, **change})
    with pytest.raises(RuntimeError, match="What photos stores about its import cannot be read"):
        bpy.ops.prnet.resume_folder()
