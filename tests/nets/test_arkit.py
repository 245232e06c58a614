# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's blendshapes as coarse maps of the layout, which users' workers load without what the lab needs."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.model.bundle import load_bundle
from nets.topology.arkit import NAMES, blendshape_name, load_blendshapes

ROOT = Path(__file__).parents[2]

LOAD = """
import sys
sys.modules.update(dict.fromkeys(["numba", "scipy", "nets.lab", "torch"]))
import numpy as np
from nets.model.bundle import load_bundle
from nets.topology.arkit import load_blendshapes
np.save(sys.argv[1], load_blendshapes(load_bundle().layout))
"""


def test_blendshapes_are_the_chart_s_own_where_neither_numba_nor_scipy_nor_the_lab_is(
    ict_face_model, ict_chart, tmp_path
):
    path = tmp_path / "blendshapes.npy"
    subprocess.run([sys.executable, "-c", LOAD, str(path)], cwd=ROOT, check=True)

    model = ict_face_model

    def coarse(vertices: np.ndarray) -> np.ndarray:
        return ict_chart.coarse.gather(ict_chart.extend(vertices))

    expected = np.zeros((len(NAMES), COARSE, COARSE, 3), np.float32)
    for name, moved in zip(model.expression_names, model.expression, strict=True):
        expected[NAMES.index(blendshape_name(name))] += coarse(ict_face_model.neutral + moved) - coarse(
            ict_face_model.neutral
        )
    np.testing.assert_allclose(np.load(path), expected, atol=1e-4)
    assert np.abs(expected).max() > 5  # millimetres


def test_without_the_face_model_or_its_vertices_there_are_no_blendshapes(ict_face_model, monkeypatch, tmp_path):
    layout = load_bundle().layout
    assert load_blendshapes(layout) is not None
    assert load_blendshapes(replace(layout, model_vertices=None)) is None
    monkeypatch.setenv("PRNET_FACE_MODEL", str(tmp_path))  # where there is none
    assert load_blendshapes(layout) is None
