# SPDX-License-Identifier: GPL-3.0-or-later
"""Where people place the 68 landmarks (iBUG order), in relation to the vertices of nets.topology.landmark_vertices.

Calibrated on 1,000 photos of AFLW2000-3D (the even-numbered ones, sorted by name): the mean over the photos of how far
a network's answers lay from the true places, in the head's own frame and symmetric; of the data set's truth (Zhu et
al., CVPR 2016) and of its re-annotation (Bulat and Tzimiropoulos, ICCV 2017) the mean, since the two differ by 3 % of
the face's size themselves. The jaw moves farthest: the vertices had been placed by five photos.
"""

import numpy as np

# (68, 3), canonical millimetres
SHIFTS = np.array(
    [
        # jaw
        (-1.85, 6.18, 1.83), (-1.87, 2.4, 1.12), (-1.84, 2.96, 4.85), (-2.2, 4.96, 3.15), (-2.92, 4.36, 5.11),
        (-3.5, 3.8, 5.59), (-0.07, 1.51, 5.61), (-1.24, 3.5, 8.62), (0, 2.82, 10.04), (1.24, 3.5, 8.62),
        (0.07, 1.51, 5.61), (3.5, 3.8, 5.59), (2.92, 4.36, 5.11), (2.2, 4.96, 3.15), (1.84, 2.96, 4.85),
        (1.87, 2.4, 1.12), (1.85, 6.18, 1.83),
        # brows
        (0.59, 0.25, 0.2), (0.9, 2.1, -0.82), (-0.41, 2.72, -1.72), (0.57, 1.81, -0.73), (-1.43, 2.68, -0.38),
        (1.43, 2.68, -0.38), (-0.57, 1.81, -0.73), (0.41, 2.72, -1.72), (-0.9, 2.1, -0.82), (-0.59, 0.25, 0.2),
        # nose
        (0, 1.01, 0.11), (0, -0.46, 0.77), (0, 1, 0.13), (0, -1.7, -1.33), (-0.03, 0.33, -0.63),
        (0.36, -0.88, 0.63), (0, 1, -1.66), (-0.36, -0.88, 0.63), (0.03, 0.33, -0.63),
        # eyes
        (0.89, 1.25, 0.68), (2.19, 1.05, 1.46), (0.06, 0.4, 0.01), (-0.33, 1.29, 1.77), (-0.31, 1.75, 0.43),
        (2.78, 1.53, 0.78), (0.33, 1.29, 1.77), (-0.06, 0.4, 0.01), (-2.19, 1.05, 1.46), (-0.89, 1.25, 0.68),
        (-2.78, 1.53, 0.78), (0.31, 1.75, 0.43),
        # lips, outer
        (0.88, 0.57, 0.47), (-0.55, 0.74, -0.78), (-1.33, -0.08, 0.58), (0, 0.47, 0.47), (1.33, -0.08, 0.58),
        (0.55, 0.74, -0.78), (-0.88, 0.57, 0.47), (-0.03, -1.06, 0.35), (-0.8, -0.49, -0.09), (0, 0.14, -0.31),
        (0.8, -0.49, -0.09), (0.03, -1.06, 0.35),
        # inner
        (-0.72, 0.92, 2.02), (0.78, 2.95, 2.13), (0, 3.82, 3.06), (-0.78, 2.95, 2.13), (0.72, 0.92, 2.02),
        (-0.11, 1, 1.37), (0, 0.82, 2.07), (0.11, 1, 1.37),
    ]
)  # fmt: skip
