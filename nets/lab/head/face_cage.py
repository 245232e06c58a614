# SPDX-License-Identifier: GPL-3.0-or-later
"""The cage of the face and ears: coarse quads of the subject's left half, in the chart of the UV layout.

Rings run round the eye (E0 the lid's inner rim to E3 the orbit) and round the mouth (M0 the inside of the lips to M4
the nasolabial fold). Columns join them over nose, forehead, cheek and jaw, and a block of five quads is the ear.
"""

import itertools

import numpy as np

# Name -> (x, y) in the chart's picture: x right, y down, both from 0 to 1. The centre line has x = 0.5.
PLACES: dict[str, tuple[float, float]] = {
    # centre line from the hairline to the upper neck
    "c0": (0.5, 0.0045),
    "c1": (0.5, 0.105),
    "c3": (0.5, 0.205),
    "c4": (0.5, 0.278),
    "c5": (0.5, 0.328),
    "c6": (0.5, 0.372),
    "c7": (0.5, 0.416),
    "c8": (0.5, 0.452),
    "c9": (0.5, 0.488),
    "c10": (0.5, 0.533),
    "c11": (0.5, 0.558),
    "c12": (0.5, 0.580),
    "c13": (0.5, 0.607),
    "c14": (0.5, 0.634),
    "c15": (0.5, 0.672),
    "c16": (0.5, 0.722),
    "c17": (0.5, 0.782),
    "c18": (0.5, 0.856),
    "c20": (0.5, 0.9328),
    # the mouth's rings, from the upper to the lower lip: U upper, C corner, L lower
    "U0": (0.532, 0.558),
    "C0": (0.5535, 0.569),
    "L0": (0.532, 0.580),
    "U1": (0.546, 0.538),
    "C1": (0.582, 0.566),
    "L1": (0.546, 0.601),
    "U2": (0.553, 0.499),
    "C2": (0.611, 0.558),
    "L2": (0.564, 0.622),
    "C3": (0.645, 0.556),
    "L3": (0.588, 0.661),
    "C4": (0.688, 0.556),
    "L4": (0.620, 0.702),
    # the nose: n beside the ridge, w at the wing, p round the nostril
    "n3": (0.536, 0.208),
    "n4": (0.527, 0.280),
    "n5": (0.538, 0.335),
    "n6": (0.541, 0.385),
    "n7": (0.549, 0.421),
    "w6": (0.590, 0.398),
    "w7": (0.587, 0.450),
    "p1": (0.523, 0.434),
    "p2": (0.552, 0.434),
    "p3": (0.562, 0.449),
    "p4": (0.527, 0.450),
    # the eye's rings: i inner corner, a upper inner, u upper, b upper outer, o outer corner, d lower outer, l lower, e
    "i0": (0.6045, 0.284),
    "a0": (0.626, 0.262),
    "u0": (0.651, 0.252),
    "b0": (0.677, 0.261),
    "o0": (0.7, 0.279),
    "d0": (0.677, 0.302),
    "l0": (0.651, 0.313),
    "e0": (0.626, 0.303),
    "i1": (0.588, 0.284),
    "a1": (0.618, 0.249),
    "u1": (0.651, 0.238),
    "b1": (0.687, 0.248),
    "o1": (0.716, 0.279),
    "d1": (0.687, 0.316),
    "l1": (0.651, 0.328),
    "e1": (0.617, 0.317),
    "i2": (0.572, 0.284),
    "a2": (0.606, 0.233),
    "u2": (0.652, 0.218),
    "b2": (0.701, 0.229),
    "o2": (0.743, 0.279),
    "d2": (0.702, 0.335),
    "l2": (0.652, 0.352),
    "e2": (0.602, 0.338),
    "i3": (0.555, 0.284),
    "a3": (0.586, 0.210),
    "u3": (0.652, 0.190),
    "b3": (0.726, 0.202),
    "o3": (0.788, 0.278),
    "d3": (0.733, 0.362),
    "l3": (0.655, 0.386),
    "e3": (0.588, 0.358),
    # forehead and temple
    "f1": (0.556, 0.0045),
    "f2": (0.620, 0.0045),
    "f3": (0.702, 0.0045),
    "f4": (0.800, 0.0045),
    "f5": (0.893, 0.0045),
    "f6": (0.968, 0.032),
    "g1": (0.549, 0.104),
    "g2": (0.607, 0.099),
    "g3": (0.684, 0.092),
    "g4": (0.780, 0.092),
    "g5": (0.882, 0.098),
    "s7": (0.9955, 0.105),
    "s8": (0.9955, 0.190),
    # side of the face, from the temple to the jaw's corner
    "s1": (0.835, 0.190),
    "s2": (0.850, 0.285),
    "s3": (0.842, 0.372),
    "s4": (0.832, 0.465),
    "s5": (0.850, 0.560),
    "s6": (0.886, 0.608),
    # cheek and jaw
    "k1": (0.668, 0.452),
    "k2": (0.770, 0.440),
    "m1": (0.742, 0.545),
    "m2": (0.808, 0.545),
    "m3": (0.716, 0.680),
    "m4": (0.812, 0.655),
    "j1": (0.622, 0.768),
    "j2": (0.745, 0.752),
    "j3": (0.872, 0.735),
    # under the jaw, and the ring that ends the neck (v1 to v4)
    "q1": (0.636, 0.852),
    "q2": (0.765, 0.845),
    "q3": (0.888, 0.835),
    "v1": (0.6463, 0.9352),
    "v2": (0.782, 0.9522),
    "v3": (0.9025, 0.9756),
    "v4": (0.955, 0.987),
    "v5": (0.9955, 0.815),
    "v6": (0.9955, 0.630),
    # the ear: its front at the face (t1, t2) and its border at the skull (r0 to r5)
    "t1": (0.905, 0.350),
    "t2": (0.893, 0.470),
    "r0": (0.946, 0.3165),
    "r1": (0.988, 0.331),
    "r2": (0.9955, 0.430),
    "r3": (0.984, 0.506),
    "r4": (0.955, 0.535),
    "r5": (0.9225, 0.5465),
}

EAR = ("r0", "r1", "r2", "r3", "r4", "r5", "t2", "t1")  # once round the ear
EAR_CENTRE, EAR_RINGS = (0.950, 0.425), (1.0, 0.76, 0.46)  # rings shrink towards the centre
EYE = "iaubodle"  # once round the eye, clockwise in the picture from the inner corner
EYE_RINGS = 4


def eye_quads() -> list[tuple[str, str, str, str]]:
    """Return the quads between the rings of the eye."""
    return [
        (f"{one}{k + 1}", f"{other}{k + 1}", f"{other}{k}", f"{one}{k}")
        for k in range(EYE_RINGS - 1)
        for one, other in zip(EYE, EYE[1:] + EYE[0], strict=True)
    ]


MOUTH = ("c11", "U0", "C0", "L0", "c12"), ("c10", "U1", "C1", "L1", "c13"), ("c9", "U2", "C2", "L2", "c14")
MOUTH += (("c8", "w7", "C3", "L3", "c15"),)


def mouth_quads() -> list[tuple[str, str, str, str]]:
    """Return the quads between the rings of the mouth."""
    return [
        (outer[k], outer[k + 1], inner[k + 1], inner[k]) for inner, outer in itertools.pairwise(MOUTH) for k in range(4)
    ]


ROWS = """
c0 f1 g1 c1    f1 f2 g2 g1    f2 f3 g3 g2    f3 f4 g4 g3    f4 f5 g5 g4    f5 f6 s7 g5
c1 g1 n3 c3    g1 g2 a3 n3    g2 g3 u3 a3    g3 g4 b3 u3    g4 g5 s1 b3    g5 s7 s8 s1
c3 n3 n4 c4    n3 a3 i3 n4    c4 n4 n5 c5    n4 i3 e3 n5    c5 n5 n6 c6    n5 e3 w6 n6
c6 n6 n7 c7    n6 w6 w7 n7    c7 n7 p2 p1    n7 w7 p3 p2    w7 c8 p4 p3    c8 c7 p1 p4    p1 p2 p3 p4
w7 w6 C4 C3    C3 C4 L4 L3    L3 L4 c16 c15
e3 l3 k1 w6    l3 d3 k2 k1    w6 k1 m1 C4    k1 k2 m2 m1    C4 m1 m3 L4    m1 m2 m4 m3
b3 s1 s2 o3    o3 s2 s3 d3    d3 s3 s4 k2    k2 s4 s5 m2    m2 s5 s6 m4
s1 s8 r0 s2    s2 r0 t1 s3    s3 t1 t2 s4    s4 t2 r5 s5    s5 r5 v6 s6    m4 s6 v6 j3
c16 L4 j1 c17    L4 m3 j2 j1    m3 m4 j3 j2
c17 j1 q1 c18    j1 j2 q2 q1    j2 j3 q3 q2    j3 v6 v5 q3
c18 q1 v1 c20    q1 q2 v2 v1    q2 q3 v3 v2    q3 v5 v4 v3
"""


def ear_name(name: str, ring: int) -> str:
    """Return the name of a place of the ear's rings; the outermost are the border's own."""
    return f"{name}.{ring}" if ring else name


def ear_places() -> dict[str, tuple[float, float]]:
    """Return the places inside the ear: its inner rings, and two in the middle of the innermost one."""
    centre = np.array(EAR_CENTRE)
    places = {
        ear_name(name, ring): tuple(centre + EAR_RINGS[ring] * (np.array(PLACES[name]) - centre))
        for name in EAR
        for ring in range(1, len(EAR_RINGS))
    }
    last = len(EAR_RINGS) - 1
    for name, (one, other) in {"h1": ("r1", "t1"), "h2": ("r3", "t2")}.items():
        places[name] = tuple((np.array(places[ear_name(one, last)]) + places[ear_name(other, last)]) / 2)
    return places


def ear_quads() -> list[tuple[str, str, str, str]]:
    """Return the quads between the ear's rings and the five inside the innermost one."""
    rings = [
        (ear_name(one, k), ear_name(other, k), ear_name(other, k + 1), ear_name(one, k + 1))
        for k in range(len(EAR_RINGS) - 1)
        for one, other in zip(EAR, EAR[1:] + EAR[:1], strict=True)
    ]
    r0, r1, r2, r3, r4, r5, t2, t1 = (ear_name(name, len(EAR_RINGS) - 1) for name in EAR)
    middle = [(r0, r1, "h1", t1), (r1, r2, "h2", "h1"), (t1, "h1", "h2", t2), ("h2", r2, r3, r4), (t2, "h2", r4, r5)]
    return rings + middle


def face_places() -> dict[str, tuple[float, float]]:
    """Return all places of the half face, name -> (x, y) in the chart's picture."""
    return PLACES | ear_places()


def face_quads() -> list[tuple[str, str, str, str]]:
    """Return all quads of the half face, clockwise in the chart's picture (x right, y down)."""
    words = ROWS.split()
    rest = [tuple(words[k : k + 4]) for k in range(0, len(words), 4)]
    return eye_quads() + mouth_quads() + ear_quads() + rest
