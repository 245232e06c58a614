# SPDX-License-Identifier: GPL-3.0-or-later
"""The accuracy table, on a photo whose truth is what the network itself says: every error must be zero."""

import cv2
import numpy as np
from scipy.io import savemat
from skimage.data import astronaut

from nets.bundle import load_bundle
from nets.capture import CaptureOptions, Capturer
from nets.check_accuracy import check_photos
from nets.engines import load_engine
from nets.training.photos import load_photos


def test_table_reads_the_benchmark_s_files_and_finds_no_error_in_its_own_answer(tmp_path, capsys):
    bundle = load_bundle()
    capturer = Capturer(load_engine(bundle), bundle.layout, bundle.input_size, CaptureOptions())
    landmarks = capturer.find(astronaut())[0].landmarks
    for _ in range(6):  # the box round the answer gives the crop that gives the answer
        box = np.concatenate([landmarks[:, :2].min(0), landmarks[:, :2].max(0)])
        landmarks = capturer.find(astronaut(), [box])[0].landmarks
    cv2.imwrite(str(tmp_path / "one.jpg"), astronaut()[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 100])
    pose = np.array([[0, np.radians(-40), 0, 0, 0, 0, 0.1]])
    savemat(tmp_path / "one.mat", {"pt3d_68": (landmarks + (1, 1, 0)).T, "Pose_Para": pose})

    (photo,) = load_photos(tmp_path)
    assert np.allclose(photo.landmarks, landmarks, atol=1e-3)
    assert check_photos("compact", str(tmp_path))
    row = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("one "))
    _, yaw, *errors, confidence, found = row.split()
    assert yaw == "40"
    assert max(map(float, errors)) < 0.5
    assert float(confidence) > 0.8
    assert found == "yes"
