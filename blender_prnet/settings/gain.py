# SPDX-License-Identifier: GPL-3.0-or-later
"""The gain of each part of a face, which belongs to an action."""

import bpy
from bpy.props import FloatProperty, FloatVectorProperty

from ..data.gain import GROUPS
from ..scene.gain import apply_gain

MOST = 3.0


def _gain(name: str, description: str):
    return FloatProperty(
        name=name,
        description=description,
        default=1,
        min=0,
        max=MOST,
        soft_max=2,
        step=5,
        precision=2,
        update=lambda settings, _context: apply_gain(settings.id_data),
    )


class Gain(bpy.types.PropertyGroup):
    """How strongly each part acts, in Action.prnet_gain; 1: as it was baked.

    `applied` is what the curves have, in the order of data.gain.GROUPS and then the head; `middle` is the attitude from
    which the head turns, a quaternion, all 0 before its gain is first changed.
    """

    brows: _gain("Brows", "How strongly the brows move")
    eyes: _gain("Eyes", "How strongly lids and eyes move; blinks, too")
    jaw: _gain("Jaw", "How strongly jaw and tongue move")
    mouth: _gain("Mouth", "How strongly the lips move")
    cheeks: _gain("Cheeks", "How strongly cheeks and nose move")
    head: _gain("Head", "How far the head turns from its mean attitude")
    applied: FloatVectorProperty(size=len(GROUPS) + 1, default=[1.0] * (len(GROUPS) + 1))
    middle: FloatVectorProperty(size=4, default=[0.0] * 4)
