# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a head, aligned with its photo, with the real worker."""

import sys

import bpy
import numpy as np
import pytest

from tests.blender.test_bake import bake
from tests.blender.test_bake import heads as performances
from tests.blender.test_capture import PACKAGE, capture

pytestmark = pytest.mark.one_version


def head_of(photos, topology):
    bpy.context.scene.prnet.topology = topology
    capture(photos, "portrait.png")
    return bpy.context.object


def pixels(image):
    """(H, W, C), rows from the top."""
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], -1)[::-1]


def seen(head):
    module = sys.modules[f"{PACKAGE}.scene.seen_head"]
    camera = sys.modules[f"{PACKAGE}.scene.camera"].camera_of(head)
    return module.see_head(head, camera, (512, 512))


@pytest.mark.parametrize("topology", ["grid", "head"])
def test_passes_lie_on_the_photo_and_hold_metres_normals_and_places(portrait_on, tmp_path, topology):
    head = portrait_on(topology)
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    depth, normals, pncc = (
        pixels(bpy.data.images[f"Head_portrait_0_{name}"]) for name in ("depth.exr", "normals.png", "pncc.png")
    )
    mesh = seen(head)
    nose = np.argmin(np.where(mesh.places[:, 1] > 0, mesh.points[:, 2], np.inf))  # the nearest point
    column, row = np.rint(mesh.places[nose]).astype(int)
    assert depth.shape[:2] == (512, 512)
    assert depth[row, column, 0] == pytest.approx(mesh.points[nose, 2], abs=5e-4)
    assert depth[0, 0, 0] == 1e10
    assert normals[row, column, 2] > 0.9 and (normals[0, 0, :3] == 0).all()
    assert pncc[row, column, 2] > 0.95  # the nose stands out furthest on the mean face as well
    assert {image.colorspace_settings.name for image in bpy.data.images if "_depth" in image.name} == {"Non-Color"}


def test_an_edited_mesh_has_passes_but_no_places_on_the_mean_head(portrait_on, tmp_path):
    head = portrait_on("head")
    head.modifiers.new("Subdivision", "SUBSURF").levels = 1
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Head_portrait_0_depth.exr",
        "Head_portrait_0_normals.png",
    ]


def test_a_clip_has_sequences(clips, tmp_path):
    scene = bpy.context.scene
    scene.prnet_bake.cache_folder = str(tmp_path / "cache")
    bake(clips, "still_007.png", "still_008.png", "still_009.png")
    (head,) = performances()
    scene.frame_set(3)
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    first, last = head["prnet_frames"]
    depth = next(image for image in bpy.data.images if "_depth_" in image.name)
    assert depth.source == "SEQUENCE"
    assert len(list(tmp_path.glob("*_depth_*.exr"))) == last - first + 1
    assert scene.frame_current == 3


def photo_pixels(photos):
    image = bpy.data.images.load(str(photos / "portrait.png"), check_existing=True)
    return np.rint(pixels(image)[..., :3] * 255)


def picture():
    return np.rint(pixels(next(image for image in bpy.data.images if "_picture" in image.name))[..., :3] * 255)


def skin(head):
    nodes = head.data.materials[0].node_tree.nodes
    return next(node for node in nodes if node.type == "TEX_IMAGE" and not node.label)


def paint(image):
    """Paint the texture's part where the root of the nose is, blue."""
    values = pixels(image).copy()
    size = len(values)
    values[int(0.3 * size) : int(0.4 * size), int(0.45 * size) : int(0.55 * size), :3] = (0, 0, 1)
    image.pixels.foreach_set(values[::-1].ravel())
    image.update()


@pytest.mark.parametrize("topology", ["grid", "head"])
def test_a_head_goes_back_over_its_photo_with_what_was_painted_and_nothing_else(
    portrait_on, photos, tmp_path, topology
):
    head = portrait_on(topology)
    assert bpy.ops.prnet.render_over(directory=str(tmp_path)) == {"FINISHED"}
    assert np.array_equal(picture(), photo_pixels(photos))

    paint(skin(head).image)
    assert bpy.ops.prnet.render_over(directory=str(tmp_path)) == {"FINISHED"}
    changed = (picture() != photo_pixels(photos)).any(2)
    blue = (picture() == (0, 0, 255)).all(2)
    mesh = seen(head)
    row, column = (mesh.vertex_uv * (1, -1) + (0, 1))[:, ::-1].T
    nose = mesh.places[(np.abs(row - 0.35) < 0.03) & (np.abs(column - 0.5) < 0.03) & (mesh.vertex_uv > 0).all(1)]
    assert blue[tuple(np.rint(nose[:, ::-1].T).astype(int))].mean() > 0.9
    low, high = nose.min(0) - 9, nose.max(0) + 9
    rows, columns = np.nonzero(changed)
    assert (rows > low[1]).all() and (rows < high[1]).all() and (columns > low[0]).all() and (columns < high[0]).all()


def test_sculpting_and_expressions_go_back_as_well(portrait_on, photos, tmp_path):
    head = portrait_on("head")
    head.data.shape_keys.key_blocks["jawOpen"].value = 1
    assert bpy.ops.prnet.render_over(directory=str(tmp_path)) == {"FINISHED"}
    changed = np.abs(picture() - photo_pixels(photos)).max(2) > 20
    mouth = np.array(head["prnet_landmarks"]).reshape(-1, 3)[48:]
    rows = np.nonzero(changed)[0]
    assert len(mouth) and changed.sum() > 200
    assert np.median(rows) > seen(head).places[:, 1].mean()  # the jaw is in the lower half


def test_a_render_takes_the_materials_and_lights_of_the_scene(portrait_on, photos, tmp_path):
    head = portrait_on("head")
    shader = next(node for node in head.data.materials[0].node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Emission Color"].default_value = (0, 1, 0, 1)
    shader.inputs["Emission Strength"].default_value = 5
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    assert bpy.ops.prnet.render_over(directory=str(tmp_path), look="render") == {"FINISHED"}
    nose = np.rint(seen(head).places[np.nanargmin(seen(head).points[:, 2])]).astype(int)
    assert picture()[nose[1], nose[0], 1] == 255 > picture()[nose[1], nose[0], 0]
    assert np.array_equal(picture()[:5], photo_pixels(photos)[:5])
    assert [each.name for each in bpy.data.scenes] == [scene.name]


def test_what_cannot_go_back_says_why(portrait_on, tmp_path):
    head = portrait_on("head")
    node, image = skin(head), skin(head).image

    def refused(message):
        with pytest.raises(RuntimeError, match=message):
            bpy.ops.prnet.render_over(directory=str(tmp_path))
        return True

    node.image = None
    assert refused("The texture of .* is gone")
    node.image = image
    del image["prnet_captured"]
    assert refused("does not keep how it was captured")
    head = portrait_on("head")
    head.modifiers.new("Subdivision", "SUBSURF").levels = 1
    assert refused("vertices, not those of its capture")
    head.modifiers.clear()
    head["prnet_image_size"] = [500, 512]
    assert refused("the photo has 512 x 512 pixels, the photo of the capture had 500 x 512")


def test_a_painted_head_goes_back_over_its_clip(head, tmp_path):
    scene = bpy.context.scene
    paint(skin(head).image)
    scene.frame_end = 4
    head["prnet_frames"] = [1, 4]
    assert bpy.ops.prnet.render_over(directory=str(tmp_path / "over")) == {"FINISHED"}
    files = sorted((tmp_path / "over").iterdir())
    assert len(files) == 4
    for file in files:
        image = pixels(bpy.data.images.load(str(file)))
        assert ((image[..., :3] == (0, 0, 1)).all(2)).sum() > 20


@pytest.mark.parametrize("topology", ["grid", "head"])
def test_a_head_takes_parts_of_another_one_by_masks_that_can_be_painted(portrait_on, photos, topology):
    head, other = portrait_on(topology), head_of(photos, topology)
    settings = bpy.context.scene.prnet_parts
    settings.source, settings.parts = other, {"lips"}
    values = pixels(skin(other).image).copy()
    values[::8, :, :3] = 0  # dark lines
    skin(other).image.pixels.foreach_set(np.ascontiguousarray(values[::-1]).ravel())
    before = pixels(skin(head).image).copy()
    bpy.context.view_layer.objects.active = head
    assert bpy.ops.prnet.take_part() == {"FINISHED"}
    changed = np.abs(pixels(skin(head).image) - before)[..., :3].max(2) > 0.1
    rows, columns = np.nonzero(changed)
    size = len(before)
    assert 0.4 < rows.mean() / size < 0.7 and 0.45 < columns.mean() / size < 0.55
    assert changed.mean() < 0.02 and skin(head).image.packed_file

    assert bpy.ops.prnet.show_part_masks() == {"FINISHED"}
    mask = next(image for image in bpy.data.images if image.get("prnet_part_mask", "").startswith("lips"))
    assert pixels(mask)[..., 0].max() > 0.99
    mask.pixels.foreach_set(np.zeros(len(mask.pixels), np.float32))
    before = pixels(skin(head).image).copy()
    assert bpy.ops.prnet.take_part() == {"FINISHED"}
    assert np.array_equal(pixels(skin(head).image), before)


def test_parts_need_another_head(portrait_on):
    portrait_on("grid")
    with pytest.raises(RuntimeError, match="Choose another captured head in Take From"):
        bpy.ops.prnet.take_part()


def test_a_photo_gets_the_face_of_another_head(portrait_on, photos, tmp_path):
    other, _ = portrait_on("head"), head_of(photos, "grid")
    with pytest.raises(RuntimeError, match="Choose the head of another photo in Face Of"):
        bpy.ops.prnet.swap_face(directory=str(tmp_path))
    bpy.context.scene.prnet_parts.face = other
    assert bpy.ops.prnet.swap_face(directory=str(tmp_path)) == {"FINISHED"}
    (file,) = tmp_path.iterdir()
    assert b"faces were replaced by those of portrait.png" in file.read_bytes()
    swapped = np.rint(pixels(bpy.data.images.load(str(file)))[..., :3] * 255)
    away = np.abs(swapped - photo_pixels(photos)).max(2)
    assert 0 < (away > 0).mean() < 0.1  # the same face, so that hardly anything changes
    assert np.median(away[away > 0]) < 12


def test_a_clip_gets_the_face_of_another_head(clips, portrait_on, tmp_path):
    bpy.context.scene.prnet_bake.cache_folder = str(tmp_path / "cache")
    other = portrait_on("grid")
    bake(clips, *(f"still_{number:03}.png" for number in range(7, 13)))
    (head,) = performances()
    bpy.context.scene.prnet_parts.face = other
    bpy.context.view_layer.objects.active = head
    assert bpy.ops.prnet.swap_face(directory=str(tmp_path / "out")) == {"FINISHED"}
    assert len(list((tmp_path / "out").iterdir())) == 6
    (image,) = (image for image in bpy.data.images if "_swapped" in image.name)
    assert image.source == "SEQUENCE"
