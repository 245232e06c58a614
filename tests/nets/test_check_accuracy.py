# SPDX-License-Identifier: GPL-3.0-or-later
"""The command, on a photo whose truth is what the network itself says, and on a few held-out people."""

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from skimage.data import astronaut

from nets.commands import WRONG_USAGE, run_command
from nets.errors import UsageError
from nets.geometry.crop import landmark_box
from nets.lab.accuracy import shape
from nets.lab.accuracy.blink import check_real_blinks, check_synthetic_blinks
from nets.lab.accuracy.evaluated_model import EvaluatedModel, load_evaluated_model
from nets.lab.accuracy.held_out import Predictions, at_coarse_texels, draw_people, predict_people
from nets.lab.accuracy.shape import check_landmarks, check_shape, face_texels, vertex_figures
from nets.model.bundle import load_bundle


@pytest.fixture(scope="module")
def evaluated():
    return load_evaluated_model("compact", "auto", "cpu", "auto")


def test_no_error_is_found_in_the_network_s_own_answer(evaluated, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PRNET_FACE_MODEL", str(tmp_path / "none"))
    landmarks = evaluated.capturer.find(astronaut())[0].landmarks
    for _ in range(6):  # until the box around the answer gives the crop that gives the answer
        landmarks = evaluated.capturer.find(astronaut(), [landmark_box(landmarks)])[0].landmarks
    cv2.imwrite(str(tmp_path / "one.jpg"), astronaut()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
    pose = np.array([[0, np.radians(-40), 0, 0, 0, 0, 0.1]])
    savemat(tmp_path / "one.mat", {"pt3d_68": (landmarks + (1, 1, 0)).T, "Pose_Para": pose})
    (tmp_path / "eyes.json").write_text('{"one.jpg": ["open", null]}')
    assert run_command(["check-accuracy", "--real", str(tmp_path), "--json", str(tmp_path / "out/a.json")]) == 0

    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("one "))
    assert row.split()[1] == "-40"
    record = json.loads((tmp_path / "out/a.json").read_text())
    figures = {name: part["figures"] for name, part in record["sections"].items()}
    assert figures["real"]["2D"] == figures["real"]["2D, yaw 30-60"] < 0.3
    assert figures["real"]["aligned"] < 0.3 < figures["real"]["aligned, mean face"]
    assert figures["real"]["head rotation"] < 0.5
    assert figures["finding"]["faces found in photos as they are"] == 100
    assert figures["finding"]["found in the mosaic at 140 px"] == 1
    assert figures["real blinks"]["open eyes"] == 1 and figures["real blinks"]["closed eyes"] == 0


def test_nothing_to_measure_on_is_an_error(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PRNET_FACE_MODEL", str(tmp_path / "none"))
    (tmp_path / "empty").mkdir()
    assert run_command(["check-accuracy", "--real", str(tmp_path / "empty")]) == WRONG_USAGE
    assert "--real" in capsys.readouterr().err


def test_wrong_eye_labels_name_the_file(evaluated, tmp_path):
    (tmp_path / "eyes.json").write_text('{"one.jpg": ["ajar", null]}')
    with pytest.raises(UsageError, match=r"eyes\.json.*ajar"):
        check_real_blinks(evaluated, tmp_path / "eyes.json")


def test_true_predictions_have_no_error(face_model, layout):
    evaluated = EvaluatedModel(replace(load_bundle(), layout=layout), engine=None, detector="auto")
    people = draw_people(face_model, 16, 128)
    cameras = zip(people.cameras, people.canonical, strict=True)
    maps = np.stack([camera.project(each.reshape(-1, 3)).reshape(each.shape) for camera, each in cameras])
    predictions = Predictions(maps, people.image_landmarks, people.expression, people.gaze)

    def values(figures):
        return {figure.name: figure.value for figure in figures}

    landmarks = values(check_landmarks(evaluated, people, predictions).figures)
    assert landmarks["2D"] == landmarks["3D"] == 0 and landmarks["aligned"] < 1e-3 < 1 < landmarks["aligned, mean face"]
    face, mean = (
        face_texels(layout, people.canonical.shape[1]),
        at_coarse_texels(layout.mean, people.canonical.shape[1]),
    )
    vertices = values(vertex_figures(people, maps, face, mean))
    assert vertices["vertices"] < 1e-3 and vertices["R² of shape with expression"] > 0.999
    assert vertices["vertices aligned, mean face"] > 1
    blinks = values(check_synthetic_blinks(evaluated, people, predictions, face_model).figures)
    assert blinks["open eyes"] > 2 and blinks["median opening, open"] > 15  # % of the eye's width


def test_the_network_beats_the_mean_face_on_held_out_people(evaluated, ict_face_model, monkeypatch):
    monkeypatch.setattr(shape, "NEUTRAL_PEOPLE", 12)
    people = draw_people(ict_face_model, 36, evaluated.bundle.input_size)
    predictions = predict_people(evaluated, people)
    figures = [
        *check_landmarks(evaluated, people, predictions).figures,
        *check_shape(evaluated, people, predictions, ict_face_model).figures,
    ]
    value = {figure.name: figure.value for figure in figures}
    assert value["aligned"] < value["aligned, mean face"]
    assert value["vertices aligned"] < value["vertices"]
    assert value["vertices aligned"] < value["vertices aligned, mean face"]
    assert 0.2 < value["R² of shape with expression"] < 1
    assert value["R² of identity (people at rest)"] < 1
    blinks = {f.name: f.value for f in check_synthetic_blinks(evaluated, people, predictions, ict_face_model).figures}
    assert blinks["closed eyes"] > 1 and blinks["open eyes"] > 1
    assert blinks["median opening, closed"] < blinks["median opening, open"]
