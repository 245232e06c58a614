# SPDX-License-Identifier: GPL-3.0-or-later
"""The features that the 68 landmarks (iBUG order) are called after, as vertices of the face model's face.

Training crops and weighs faces by them. Where people place landmarks says nets.lab.landmark_calibration.

AFLW2000-3D's jaw line lies under the jaw and further back than either of the face model's own; its brows lie on the
upper rim of the hair, not on the forehead above it. The jaw, eyes and inner lips were placed by fitting the face model
to the truth of five photos and taking, symmetrically, the vertex nearest to each landmark's mean place. Brows, nose and
outer lips were placed by the mean symmetric offset, in canonical space, that a trained network left on those photos.
The first step lowers the mean face's error after alignment from 7.0 to 3.5 %, the second to 3.2 %. The second also
lowers a network's 2D error from 3.2 to 2.8 %, with each photo measured by the offsets of the other four.
"""

import numpy as np

VERTICES = np.array(
    [8132, 7901, 7436, 8860, 822, 1830, 790, 813, 2191, 3054, 3031, 4032, 3063, 9183, 6709, 7174, 7405]  # jaw
    + [269, 1010, 1033, 1415, 1996, 4196, 3629, 3253, 3230, 2510]  # brows
    + [971, 1348, 4839, 4857, 4564, 4951, 4558, 5405, 5029]  # nose
    + [1507, 1542, 1537, 1531, 1518, 1511, 3745, 3751, 3756, 3721, 3725, 3732]  # eyes
    + [5708, 5720, 352, 2, 2593, 6225, 6213, 6329, 6481, 5945, 5977, 5824]  # outer lips
    + [5700, 5736, 5533, 6241, 6205, 6485, 5517, 5981]  # inner lips
)
