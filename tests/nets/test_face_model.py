# SPDX-License-Identifier: GPL-3.0-or-later
"""The face model's reader and importer, the chart derived from it, and the layout that the weights carry."""

import gzip
import io
import threading
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from nets.geometry.uv_layout import SIZE, HarmonicFill, UVLayout
from nets.interface.expressions import EXPRESSIONS
from nets.interface.landmarks68 import MIRROR
from nets.lab.face_chart import feature_texels, landmark_texels
from nets.lab.landmark_calibration import SHIFTS
from nets.model.bundle import load_bundle
from nets.topology.download import install_face_model
from nets.topology.face_model import (
    FACE,
    FACE_QUADS,
    LEFT_EYEBALL,
    FaceModelError,
    eyeball_centre,
    find_face_model,
    load_face_model,
    read_obj_faces,
    read_obj_vertices,
)
from nets.topology.import_ict import LANDMARKS68, OBJECTS
from nets.topology.landmark_vertices import VERTICES


def corner_turns(corners):
    """Signed turn at each corner of quads given by (Q, 4, 2) places; positive where counter-clockwise."""
    edges = np.roll(corners, -1, 1) - corners
    following = np.roll(edges, -1, 1)
    return edges[..., 0] * following[..., 1] - edges[..., 1] * following[..., 0]


def test_missing_model_says_where_it_was_looked_for_and_how_to_get_it(tmp_path):
    with pytest.raises(FaceModelError, match="import-face-model") as error:
        load_face_model(tmp_path / "nowhere")
    assert f"the face model is not at {tmp_path / 'nowhere'}" in str(error.value)


def test_damaged_model_is_named(tmp_path):
    file = tmp_path / "ict_face_model_light.npz"
    np.savez(file, neutral=np.zeros((3, 3)))
    with pytest.raises(FaceModelError, match=str(file)):
        load_face_model(file)


def test_another_topology_is_no_face_model(tmp_path):
    upstream(tmp_path)
    made = install(tmp_path, tmp_path / "out")
    with pytest.raises(FaceModelError, match="4 vertices instead of 26719"):
        load_face_model(made)


def test_obj_reader_keeps_quads_triangles_and_texture_indices():
    text = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 .5\nvt 0 0\nvt 1 0\nvt 1 1\nf 1/1 2/2 3/3 4/1\nf 1/1/1 2/2/1 4/3/1\n"
    faces, face_uv, uv = read_obj_faces(io.StringIO(text))
    assert faces.tolist() == [[0, 1, 2, 3], [0, 1, 3, -1]]
    assert face_uv.tolist() == [[0, 1, 2, 0], [0, 1, 2, -1]]
    assert uv.tolist() == [[0, 0], [1, 0], [1, 1]]
    assert read_obj_vertices(io.StringIO(text))[3].tolist() == [0, 1, 0.5]


def upstream(folder):
    """A checkout of ICT-FaceKit in small: one quad stands in for the face, every shape moves its first vertex by its
    own amount."""
    (folder / "FaceXModel").mkdir()
    for k, name in enumerate(OBJECTS):
        text = f"v {k} 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 1\nf 1/1 2/2 3/1 4/2\n"
        (folder / "FaceXModel" / f"{name}.obj").write_text(text)


def install(source, out):
    """Runs to the end; the file that was made."""
    steps = list(install_face_model(str(source), out))
    assert steps[-1][0] == steps[-1][1]
    return out / "ict_face_model_light.npz"


def check_made(file):
    with np.load(file, allow_pickle=False) as made:
        assert made["identity"].shape == (100, 4, 3)
        assert made["identity"][:, 0, 0].tolist() == list(range(1, 101))
        assert made["expression"][:, 0, 0].tolist() == list(range(101, 154))
        assert made["expression_names"].tolist() == [*EXPRESSIONS]
        assert made["faces"].tolist() == [[0, 1, 2, 3]]
        assert made["face_uv"].tolist() == [[0, 1, 0, 1]]


def test_importer_names_what_the_folder_lacks(tmp_path):
    (tmp_path / "generic_neutral_mesh.obj").write_text("v 0 0 0\n")
    with pytest.raises(FaceModelError, match=r"identity000\.obj is missing \(153 files are\)"):
        install(tmp_path, tmp_path / "out")


def test_importer_turns_upstream_s_folder_into_the_model_s_file(tmp_path):
    upstream(tmp_path)
    check_made(install(tmp_path, tmp_path / "out"))


def test_importer_names_a_file_that_is_no_shape(tmp_path):
    upstream(tmp_path)
    (tmp_path / "FaceXModel/jawOpen.obj").write_text("v 1 2\nv a b c\n")
    with pytest.raises(FaceModelError, match=r"jawOpen\.obj: not a shape"):
        install(tmp_path, tmp_path / "out")


@pytest.fixture
def server(tmp_path):
    """Serves tmp_path on this machine: its address, and what was asked for."""
    asked = []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/FaceXModel", asked
        server.shutdown()


@pytest.fixture
def small(monkeypatch):
    """The face model has as many vertices as upstream's files in small."""
    monkeypatch.setattr("nets.topology.download.VERTICES", 4)


def test_download_goes_on_where_it_was_stopped(tmp_path, server, small):
    upstream(tmp_path)
    address, asked = server
    stopped = install_face_model(address, tmp_path / "out")
    for _ in range(50):
        next(stopped)
    stopped.close()
    made = install(address, tmp_path / "out")
    check_made(made)
    assert len(asked) == len(set(asked)) == 154
    assert [path.name for path in (tmp_path / "out").iterdir()] == [made.name]


def test_a_page_that_is_no_shape_is_not_kept_and_fetched_again(tmp_path, server, small):
    upstream(tmp_path)
    address, asked = server
    file = tmp_path / "FaceXModel/identity003.obj"
    shape = file.read_text()
    file.write_text("<html>Please log in.</html>")
    with pytest.raises(
        FaceModelError, match=r"identity003\.obj: what arrived is not a shape of the face model"
    ) as error:
        install(address, tmp_path / "out")
    assert "0 vertices instead of 4" in str(error.value) and "login" in str(error.value)
    file.write_text(shape)
    (tmp_path / "out/download/identity000.obj.gz").write_bytes(gzip.compress(b"<html>kept by an older version</html>"))
    check_made(install(address, tmp_path / "out"))
    assert sorted(path for path in set(asked) if asked.count(path) > 1) == [
        "/FaceXModel/identity000.obj",
        "/FaceXModel/identity003.obj",
    ]


def test_download_tells_what_the_server_says(tmp_path, server):
    address, _ = server
    with pytest.raises(FaceModelError, match=r"generic_neutral_mesh\.obj: the server answers 404"):
        install(address, tmp_path / "out")


def test_download_tells_that_there_is_no_server(tmp_path):
    with pytest.raises(FaceModelError, match="cannot be downloaded"):
        install("http://127.0.0.1:9/FaceXModel", tmp_path / "out")


def test_the_model_that_blender_installed_comes_before_the_repository_s(tmp_path, monkeypatch):
    monkeypatch.delenv("PRNET_FACE_MODEL", raising=False)
    monkeypatch.setenv("PRNET_USER_FOLDER", str(tmp_path))
    (tmp_path / "face_model").mkdir()
    (tmp_path / "face_model/ict_face_model_light.npz").touch()
    assert find_face_model() == tmp_path / "face_model/ict_face_model_light.npz"


def test_the_computed_head_is_read_back_from_its_file(face_model, face_model_file):
    read = load_face_model(face_model_file)
    assert np.allclose(read.neutral, face_model.neutral, atol=1e-3)  # millimetres
    assert np.allclose(read.expression, face_model.expression, atol=0.05)
    assert read.expression_names == face_model.expression_names


def test_importer_knows_the_model_s_names_and_landmarks(ict_face_model):
    assert ict_face_model.expression_names == EXPRESSIONS
    assert ict_face_model.landmarks68.tolist() == LANDMARKS68


def test_chart_has_no_folds_after_the_eyes_are_widened(face_model, chart):
    turns = corner_turns(chart.vertex_uv[face_model.faces[FACE_QUADS]])
    assert (turns < 0).mean() < 1e-4
    eye = chart.vertex_uv[VERTICES[[37, 41]], 1]
    assert (eye[0] - eye[1]) * SIZE > 9  # texels between the lids; 2.5 in the model's own chart


def test_position_map_and_back_is_the_face(face_model, chart):
    identity, expression = np.zeros(100), np.zeros(53)
    identity[:5] = 1.5
    expression[face_model.expression_names.index("jawOpen")] = 0.7
    vertices = face_model.shape(identity, expression)
    error = np.linalg.norm(chart.face_vertices(chart.position_map(vertices)) - vertices[FACE], axis=1)
    assert np.median(error) < 0.1  # millimetres
    assert np.percentile(error, 95) < 1.5  # what is finer than a texel: nostrils, behind the ears


@pytest.mark.parametrize("blink", [0.0, 1.0])
def test_the_eye_is_filled_with_the_eyeball_between_the_lids(face_model, chart, blink):
    expression = np.zeros(53)
    expression[face_model.expression_names.index("eyeBlink_L")] = blink
    vertices = face_model.shape(np.zeros(100), expression)
    patch = next(patch for patch in chart.patches if patch.eyeball == LEFT_EYEBALL)
    eye = patch.positions(vertices)
    radius = np.linalg.norm(eye - eyeball_centre(vertices, LEFT_EYEBALL), axis=-1)
    assert np.ptp(radius[3:-3]) < 0.5
    assert np.allclose(eye[0], vertices[patch.upper], atol=1e-4)
    assert np.allclose(eye[-1], vertices[patch.lower], atol=1e-4)
    lids = np.linalg.norm(vertices[VERTICES[[43, 44]]] - vertices[VERTICES[[47, 46]]], axis=1)
    assert (lids > 7).all() if blink == 0 else (lids < 2).all()


def test_the_mouth_is_closed_behind_the_lips(face_model, chart):
    mouth = next(patch for patch in chart.patches if patch.eyeball is None).positions(face_model.neutral)
    lips = face_model.neutral[VERTICES[61:64], 2].mean()
    assert mouth[:, len(mouth[0]) // 2, 2].max() < lips - 3


def test_layout_is_symmetric_and_its_landmarks_are_the_model_s(face_model, layout):
    mirrored = layout.mean[:, ::-1] * (-1, 1, 1)
    assert np.median(np.linalg.norm(mirrored - layout.mean, axis=-1)[layout.mask]) < 0.2
    features = face_model.neutral[VERTICES]
    assert np.linalg.norm(layout.features_of(layout.mean) - features, axis=1).max() < 2.5
    assert np.array_equal(MIRROR[MIRROR], np.arange(68))
    mirrored = face_model.neutral[VERTICES[MIRROR]] * (-1, 1, 1)
    assert np.abs(mirrored - face_model.neutral[VERTICES]).max() < 2.5


@pytest.mark.parametrize("name", ["compact", "iterative", "live"])
def test_landmarks_lie_where_they_were_calibrated(ict_face_model, ict_chart, name):
    layout = load_bundle(name).layout
    assert (layout.landmarks == landmark_texels(ict_face_model, ict_chart)).all()
    assert (layout.features == feature_texels(ict_chart)).all()
    off_surface = np.linalg.norm(layout.landmarks_of(layout.mean) - layout.features_of(layout.mean) - SHIFTS, axis=1)
    assert off_surface.max() < 2.5 and np.median(off_surface) < 1
    upper, lower = layout.landmarks[[61, 62, 63], 0], layout.landmarks[[67, 66, 65], 0]
    assert (lower - upper > 10).all()  # lips that touch stay apart
    paired = np.abs(layout.landmarks[MIRROR] * (1, -1) + (0, SIZE - 1) - layout.landmarks)
    assert paired.max() <= 1  # those in the middle lie half a texel beside it


def test_loss_weights_are_prn_s(layout):
    assert (layout.weights[tuple(layout.features.T)] == 16).all()
    assert set(np.unique(layout.weights[layout.mask])) == set(np.float32([0.4, 3, 4, 16]))
    assert not layout.weights[~layout.mask].any()


def test_insides_of_lids_and_lips_are_bridged_smoothly(layout):
    fill = HarmonicFill(layout.bridged)
    assert np.allclose(fill.matrix.sum(1), 1, atol=1e-5)
    assert fill.matrix.min() > -1e-6
    for texels in (layout.landmarks, layout.features):
        assert layout.mask[tuple(texels.T)].all() and not layout.bridged[tuple(texels.T)].any()
    ramp = np.mgrid[:SIZE, :SIZE].sum(0).astype(np.float32)
    assert np.allclose(fill.matrix @ ramp[fill.boundary], ramp[layout.bridged], atol=0.02)  # a plane stays a plane
    lips = layout.mean[130:160, 122:134, 2]
    assert lips.min() > layout.landmarks_of(layout.mean)[[62, 66], 2].min() - 3  # nothing hangs inside the mouth


def test_sample_is_exact_on_texels_and_straight_between_them(egg):
    rows, columns = np.mgrid[:SIZE, :SIZE].astype(np.float32)
    mesh = egg.mesh("medium")
    values = egg.sample(mesh, np.stack([rows, columns], -1))
    assert np.abs(values - mesh.texels).max() < 1e-3
    assert np.abs(mesh.uv - np.stack([values[:, 1] + 0.5, SIZE - 0.5 - values[:, 0]], 1) / SIZE).max() < 1e-5


def test_layout_survives_its_file(egg, tmp_path):
    egg.save(tmp_path / "layout.npz")
    loaded = UVLayout.load(tmp_path / "layout.npz")
    assert np.array_equal(loaded.mean, egg.mean)
    assert np.array_equal(loaded.landmarks, egg.landmarks)
    assert loaded.model_vertices is None and loaded.model_weights is None
    patched = replace(
        egg, model_vertices=np.ones((64, 64, 4), np.int32), model_weights=np.ones((64, 64, 4), np.float32)
    )
    patched.save(tmp_path / "layout.npz")
    assert (UVLayout.load(tmp_path / "layout.npz").model_vertices == 1).all()
