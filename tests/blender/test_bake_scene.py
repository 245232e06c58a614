# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances of known motion: what Blender's own camera sees of them, frame by frame."""

import shutil
import struct
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from blender_prnet.data.bake import BuildOptions, prepare_performance
from blender_prnet.data.performance import Performance, PerformanceError
from blender_prnet.data.shapes import arkit_shapes, compact_shapes
from blender_prnet.data.sources import ClipFiles, Take
from blender_prnet.data.timing import Segment
from blender_prnet.scene.bake import build_performance
from blender_prnet.scene.camera import camera_of, frame_photo
from blender_prnet.scene.curves import curves_of
from blender_prnet.scene.head import head_of
from tests.blender.known_head import make_performance

RESULTS = ["compact", "frames", "arkit", "cache"]


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """A sequence of 12 numbered pictures, 640 x 480, as a ClipFiles."""
    folder = tmp_path_factory.mktemp("shot")
    paths = [folder / f"shot_{number}.png" for number in range(1001, 1013)]
    image = bpy.data.images.new("picture", 640, 480)
    image.filepath_raw, image.file_format = str(paths[0]), "PNG"
    image.save()
    for path in paths[1:]:
        shutil.copy(paths[0], path)
    return ClipFiles(tuple(paths), is_images=True)


def bake(performance, take, tmp_path, result="compact", moves="head", keys=40):
    options = BuildOptions(result, keys, frame_limit=300, moves=moves, caches=tmp_path)
    return build_performance(bpy.context.scene, prepare_performance(performance, options), take, options)


def seen(collection, scene_frame, step=7):
    """Every seventh vertex as Blender's camera sees it at a scene frame, in the clip's pixels, centres at integers."""
    scene, head = bpy.context.scene, head_of(collection)
    camera = camera_of(head)
    frame_photo(scene, camera, head["prnet_image_size"])
    scene.frame_set(int(scene_frame), subframe=scene_frame % 1)
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    vertices = list(shown.data.vertices)[::step]
    places = [world_to_camera_view(scene, camera, shown.matrix_world @ vertex.co) for vertex in vertices]
    width, height = head["prnet_image_size"]
    return np.array([[x * width - 0.5, (1 - y) * height - 0.5] for x, y, _ in places])


@pytest.mark.parametrize("moves", ["head", "camera"])
def test_before_a_lens_the_head_keeps_its_size_and_nears(images, tmp_path, moves):
    performance, _ = make_performance(images.paths[0], focal=800.0)
    collection = bake(performance, Take(images, start=20), tmp_path, moves=moves)
    head = head_of(collection)
    camera = camera_of(head)
    for row in range(9):
        bpy.context.scene.frame_set(20 + row)
        assert tuple(head.matrix_world.to_scale()) == pytest.approx((1, 1, 1), abs=1e-5)
        away = (head.matrix_world.translation - camera.matrix_world.translation).length
        assert away == pytest.approx(performance.pose(row).distance / 1000, rel=1e-5)
    assert camera.data.type == "PERSP" and camera.data.lens == pytest.approx(36 * 800 / 640)
    assert not {"lens", "ortho_scale"} & {curve.data_path for curve in curves_of(camera.data)}


@pytest.mark.parametrize("moves", ["head", "camera"])
@pytest.mark.parametrize("focal", [None, 800.0], ids=["flat", "near"])
@pytest.mark.parametrize("result", RESULTS)
def test_every_frame_lies_on_the_clip(images, tmp_path, result, focal, moves):
    performance, truth = make_performance(images.paths[0], shapes=True, focal=focal)
    collection = bake(performance, Take(images, start=20), tmp_path, result, moves)
    for frame, vertices in enumerate(truth):
        assert np.abs(seen(collection, 20 + frame) - vertices[::7, :2]).max() < 0.02, frame


@pytest.mark.parametrize("moves", ["head", "camera"])
def test_in_a_scene_of_centimetres_the_head_is_life_size_too(images, tmp_path, moves):
    bpy.context.scene.unit_settings.scale_length = 0.01
    performance, truth = make_performance(images.paths[0])
    collection = bake(performance, Take(images, start=20), tmp_path, moves=moves)
    assert np.abs(seen(collection, 24) - truth[4, ::7, :2]).max() < 0.02
    middle = head_of(collection).matrix_world.to_scale().x  # at the clip's median scale
    assert middle == pytest.approx(100, rel=1e-3)


def test_between_frames_the_head_neither_flips_nor_shrinks(images, tmp_path):
    performance, _ = make_performance(images.paths[0])
    collection = bake(performance, Take(images, start=1), tmp_path)
    curves = [curve for curve in curves_of(head_of(collection)) if curve.data_path == "rotation_quaternion"]
    lengths = [np.linalg.norm([curve.evaluate(1 + at / 4) for curve in curves]) for at in range(33)]
    assert min(lengths) > 0.9


def test_cuts_gaps_and_retiming(images, tmp_path):
    """Clip frames 5 to 2 backwards at scene frames 30-33; nothing until 40; then 0 to 4 at half speed."""
    performance, truth = make_performance(images.paths[0])
    segments = Segment(30, 34, 5.0, -1.0), Segment(40, 50, 0.0, 0.5)
    take = Take(images, segments)
    assert take.frames() == (0, 5, 1)
    collection = bake(performance, take, tmp_path, "frames")
    shown = {30: 5, 33: 2, 36.5: 2, 39.9: 2, 40: 0, 44: 2, 48: 4, 49: 4, 60: 4}
    for scene_frame, clip_frame in shown.items():
        assert np.abs(seen(collection, scene_frame) - truth[clip_frame][::7, :2]).max() < 0.02, scene_frame
    between = (truth[1] + truth[2])[::7, :2] / 2
    assert np.abs(seen(collection, 43) - between).max() < 12  # a turning head is not its mean


def test_clip_rate_against_scene_rate(tmp_path):
    """A 24 frames/s movie in a scene of 30: clip frame 4 is at 1 + 5."""
    movie = ClipFiles((tmp_path / "elsewhere.mp4",), is_images=False)
    performance, truth = make_performance(movie.paths[0])
    bpy.context.scene.render.fps = 30
    collection = bake(performance, Take(movie, start=1), tmp_path)
    assert np.abs(seen(collection, 6) - truth[4][::7, :2]).max() < 0.02
    assert not camera_of(head_of(collection)).data.background_images  # the file is not here


def test_backdrop_keeps_time(images, tmp_path):
    """Blender shows the picture of number scene frame - start + 1 + offset."""
    performance, _ = make_performance(images.paths[0], frames=8)
    take = Take(images, (Segment(10, 14, 2.0, 1.0), Segment(14, 18, 7.0, -1.0)))
    camera = camera_of(head_of(bake(performance, take, tmp_path)))
    user = camera.data.background_images[0].image_user
    numbers = []
    for frame in range(10, 18):
        bpy.context.scene.frame_set(frame)
        numbers.append(frame - user.frame_start + 1 + user.frame_offset)
    assert numbers == [1003, 1004, 1005, 1006, 1008, 1007, 1006, 1005]
    assert user.frame_duration == 8
    assert camera.data.background_images[0].image.source == "SEQUENCE"


def test_each_frame_has_its_own_texture_where_the_clip_shows_the_face(images, tmp_path):
    performance, _ = make_performance(images.paths[0], frames=8)
    folder = tmp_path / "textures"
    folder.mkdir()
    for number in (2, 3, 4, 6, 7):
        shutil.copy(images.paths[0], folder / f"{number:06}.jpg")
    take = Take(images, (Segment(10, 14, 2.0, 1.0), Segment(14, 18, 7.0, -1.0)))
    head = head_of(bake(replace(performance, textures=str(folder)), take, tmp_path))
    tree = head.data.materials[0].node_tree
    names = []
    for frame in range(10, 18):
        bpy.context.scene.frame_set(frame)
        shown = tree.evaluated_get(bpy.context.evaluated_depsgraph_get()).nodes.active
        names.append(Path(shown.image.filepath_from_user(image_user=shown.image_user)).stem)
    assert [int(name) for name in names] == [2, 3, 4, 4, 7, 6, 4, 4]
    shutil.rmtree(folder)
    with pytest.raises(PerformanceError, match="no textures of"):
        bake(replace(performance, textures=str(folder)), take, tmp_path)


def test_compact_says_what_its_keys_leave(images, tmp_path):
    performance, _ = make_performance(images.paths[0])
    shapes = compact_shapes(performance, keys=2)
    assert shapes.offsets.shape[0] == 2 and np.abs(shapes.values).max() == pytest.approx(1)
    wanted = np.tensordot(performance.weights, performance.basis, 1)
    left = np.linalg.norm(wanted - np.tensordot(shapes.values, shapes.offsets, 1), axis=2).max()
    assert left > 1 and shapes.error_mm == pytest.approx(left + 0.01, rel=1e-3)
    assert compact_shapes(performance, keys=40).error_mm < 0.02
    head = head_of(bake(performance, Take(images), tmp_path, keys=2))
    assert len(head.data.shape_keys.key_blocks) == 3 and head["prnet_error_mm"] == pytest.approx(shapes.error_mm)


def test_arkit_shapes_are_found_from_the_clip_where_there_is_no_face_model(images):
    performance, _ = make_performance(images.paths[0], frames=200)
    given, _ = make_performance(images.paths[0], frames=200, shapes=True)
    fitted = arkit_shapes(performance)
    assert fitted.error_mm < 0.7 and arkit_shapes(given).error_mm < 0.02
    jaw = fitted.names.index("jawOpen")
    assert np.abs(fitted.offsets[jaw] - given.arkit_shapes[jaw]).max() < 0.7
    assert not fitted.offsets[fitted.names.index("tongueOut")].any()  # which the clip never shows


def test_arkit_rests_without_the_clips_typical_expression(images):
    """The jaw is open all along: `neutral` has it open, the head at rest must not."""
    given, _ = make_performance(images.paths[0], frames=50, shapes=True)
    jaw = given.arkit_names.index("jawOpen")
    open_jaw = replace(
        given, neutral=given.neutral + 0.5 * given.arkit_shapes[jaw], weights=given.weights - [0.5, 0, 0]
    )
    shapes = arkit_shapes(open_jaw)
    assert np.abs(shapes.rest - given.neutral).max() < 0.01 and shapes.error_mm < 0.02
    assert np.abs(open_jaw.neutral - given.neutral).max() > 1


def test_a_still_face_needs_no_keys(images, tmp_path):
    performance, truth = make_performance(images.paths[0], still=True)
    collection = bake(performance, Take(images, start=1), tmp_path)
    assert head_of(collection).data.shape_keys is None
    assert np.abs(seen(collection, 4) - truth[3][::7, :2]).max() < 0.02


def test_too_many_frames_for_a_key_each(images, tmp_path):
    performance, _ = make_performance(images.paths[0], frames=301)
    with pytest.raises(PerformanceError, match=r"301 frames .* limit of 300 .* MB.*choose another"):
        bake(performance, Take(images), tmp_path, "frames")
    assert not bpy.data.objects


def test_file_round_trip_and_damage(tmp_path, images):
    performance, _ = make_performance(images.paths[0])
    entries = {name: value for name, value in vars(performance).items() if value is not None and name != "person"}
    path = tmp_path / "shot_2.performance.npz"
    np.savez(path, **entries)
    loaded = Performance.load(path)
    assert loaded.person == 2 and loaded.clip == performance.clip and loaded.arkit_names == performance.arkit_names
    np.testing.assert_array_equal(loaded.weights, performance.weights)
    np.savez(path, **{**entries, "weights": performance.weights[:-1]})
    with pytest.raises(PerformanceError, match=r"shot_2\.performance\.npz: weights is \(8, 3\) where \(9, 3\)"):
        Performance.load(path)
    np.savez(path, **{**entries, "quads": performance.quads + len(performance.neutral)})  # would crash Blender
    with pytest.raises(PerformanceError, match="quads refer to vertices that do not exist"):
        Performance.load(path)
    np.savez(path, **{**entries, "texture": performance.texture.astype(float)})
    with pytest.raises(PerformanceError, match=r"texture is float64 \(64, 64, 3\) where an RGB image"):
        Performance.load(path)
    np.savez(path, **{name: value for name, value in entries.items() if name != "neutral"})
    with pytest.raises(PerformanceError, match="lacks neutral"):
        Performance.load(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(PerformanceError, match="no performance that can be read"):
        Performance.load(path)


def test_disk_full_leaves_no_half_point_cache(images, tmp_path):
    performance, _ = make_performance(images.paths[0])
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs a device that is always full")
    (tmp_path / "shot_1001_0.pc2.partial").symlink_to(full)
    with pytest.raises(PerformanceError, match="cannot be written: No space left"):
        bake(performance, Take(images), tmp_path, "cache")
    assert not list(tmp_path.glob("*.pc2*"))


def test_two_people_stand_apart_and_are_named_by_number(images, tmp_path):
    performance, _ = make_performance(images.paths[0])
    other = replace(performance, person=1, translation=performance.translation + np.float32([50, 0, 0]))
    collections = [bake(person, Take(images), tmp_path) for person in (performance, other)]
    assert [collection.name for collection in collections] == ["shot_1001_0", "shot_1001_1"]


CLIPS = Path(__file__).parent / "clips"
VARIABLE = CLIPS / "variable_rate.mp4"  # 30 frames per second, then 10: frames 0 to 20, and 21 to 32
VARIABLE_MKV = CLIPS / "variable_rate.mkv"  # the same times
TIMES = np.concatenate([np.arange(20) / 30, 0.7 + np.arange(13) / 10])


@pytest.mark.parametrize("path", [VARIABLE, VARIABLE_MKV], ids=lambda path: path.suffix)
@pytest.mark.parametrize("as_strip", [False, True])
def test_a_movie_of_uneven_frames_keeps_its_times(tmp_path, path, as_strip):
    """Blender counts it at 30 frames per second, and shows at each the last frame that has begun."""
    movie = ClipFiles((path,), is_images=False)
    performance, truth = make_performance(path, frames=33)
    performance = replace(performance, time=TIMES, rate=55 / 3)
    bpy.context.scene.render.fps = 30
    take = Take(movie, (Segment(1, 59, 0.0, 1.0),)) if as_strip else Take(movie, start=1)
    assert Take(movie, (Segment(1, 9, 40.0, 1.0),)).frames()[0] == 0  # frame 26 is 40 in Blender's count
    collection = bake(performance, take, tmp_path, "frames", keys=99)
    background = camera_of(head_of(collection)).data.background_images[0]
    for frame in (0, 12, 19, 20, 25, 32):
        scene_frame = 1 + round(TIMES[frame] * 30)
        assert np.abs(seen(collection, scene_frame) - truth[frame][::7, :2]).max() < 0.5, frame
        number = scene_frame - background.image_user.frame_start + 1 + background.image_user.frame_offset
        assert np.searchsorted(TIMES, (number - 1) / 30 + 1e-6) - 1 == frame


@pytest.mark.parametrize("matrix", [(-1, 0, 0, 1), (1, 0, 0, -1)])
def test_a_mirrored_movie_lies_behind_the_head_as_the_worker_sees_it(tmp_path, matrix):
    content = bytearray(VARIABLE.read_bytes())
    place = content.index(b"tkhd") + 4 + 40
    for offset, value in zip((0, 4, 12, 16), matrix, strict=True):
        content[place + offset : place + offset + 4] = struct.pack(">i", value << 16)
    path = tmp_path / "mirrored.mp4"
    path.write_bytes(content)
    performance, _ = make_performance(path)
    collection = bake(performance, Take(ClipFiles((path,), is_images=False), start=1), tmp_path)
    background = camera_of(head_of(collection)).data.background_images[0]
    shown = np.array([pixels(bpy.data.images.load(str(each), check_existing=True)) for each in (VARIABLE, path)])
    flip = slice(None, None, -1)
    x, y = (flip if each else slice(None) for each in (background.use_flip_x, background.use_flip_y))
    upright = shown[0][:, flip] if matrix[0] < 0 else shown[0][flip]
    assert np.abs(shown[1][y, x] - upright).mean() < 0.01


def pixels(image):
    width, height = image.size
    return np.array(image.pixels).reshape(height, width, 4)
