# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of other programs, by section and figure.

Published figures are over all 2,000 photos of AFLW2000-3D: PRN (Feng et al., ECCV 2018), 3DDFA_V2
(Guo et al., ECCV 2020), SADRNet (Ruan et al., TIP 2021), SynergyNet (Wu et al., 3DV 2021). MediaPipe FaceMesh 0.10.21
publishes none; its figures were measured by this project on 16 of the photos, on photos with 43 faces and on renders of
one head scan.
"""

PEERS = {
    ("real", "2D"): "PRN 3.26; MediaPipe 5.04 (16 photos)",
    ("real", "2D, yaw 0-30"): "PRN 2.75; 3DDFA_V2 2.63; SynergyNet 2.65",
    ("real", "2D, yaw 30-60"): "PRN 3.51; 3DDFA_V2 3.42; SynergyNet 3.30",
    ("real", "2D, yaw 60-90"): "PRN 4.61; 3DDFA_V2 4.48; SynergyNet 4.27",
    ("real", "2D, mean of the yaw bins"): "PRN 3.62; 3DDFA_V2 3.51; SADRNet 3.46; SynergyNet 3.41",
    ("real", "2D, yaw 30 and more"): "MediaPipe 6.33 (16 photos)",
    ("real", "2D, 51 inner points"): "MediaPipe 3.41 (16 photos)",
    ("real", "3D"): "PRN 4.70 (6.15 from its weights); MediaPipe 6.79 (16 photos)",
    ("scan", "surface error"): "MediaPipe 4.2 and both profiles missed; ICT's mean face 3.6 (one scan)",
    ("finding", "faces found in the mosaic"): "MediaPipe full range 41 of 43 (group photos)",
    ("finding", "false alarms in the mosaic"): "MediaPipe 0 (group photos)",
}
