# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe FaceMesh in its own environment: `python mediapipe_peer.py PHOTO`.

Each line of stdin names a mode: static (detection and mesh) or video (tracking). The answer is the milliseconds of
processor time that one picture takes in it. This file imports nothing of the project, whose packages are newer than
MediaPipe allows.
"""

import sys
import time

import cv2
import mediapipe


def main() -> None:
    picture = cv2.cvtColor(cv2.imread(sys.argv[1]), cv2.COLOR_BGR2RGB)
    meshes = {
        mode: mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=mode == "static", max_num_faces=1)
        for mode in ("static", "video")
    }
    for line in sys.stdin:
        start = time.process_time()
        found = meshes[line.strip()].process(picture).multi_face_landmarks
        ms = (time.process_time() - start) * 1e3
        print(ms if found else "no face", flush=True)


if __name__ == "__main__":
    main()
