# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the expression weights that networks give: the ICT face model's, after Apple's ARKit."""

_ONE_SIDED = (
    "jawForward jawLeft jawOpen jawRight mouthClose mouthFunnel mouthLeft mouthPucker mouthRight mouthRollLower "
    "mouthRollUpper mouthShrugLower mouthShrugUpper"
)
_TWO_SIDED = (
    "browDown browInnerUp browOuterUp cheekPuff cheekSquint eyeBlink eyeLookDown eyeLookIn eyeLookOut eyeLookUp "
    "eyeSquint eyeWide mouthDimple mouthFrown mouthLowerDown mouthPress mouthSmile mouthStretch mouthUpperUp noseSneer"
)
SIDES = ("_R", "_L")  # endings of the names, in the order of the eyes
EXPRESSIONS = tuple(sorted([*_ONE_SIDED.split(), *(name + side for name in _TWO_SIDED.split() for side in SIDES)]))
