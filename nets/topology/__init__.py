# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face on the face model's own mesh: animator-made quads with eyes, teeth, scalp, neck and ARKit's shapes.

The UV layout is the model's face chart, so every vertex of the model's face has its place on a captured surface. The
rest of the head follows: the model's space explains what it can, a smooth deformation carries what is left.
Needs numpy and OpenCV only, as users' workers run it.
"""
