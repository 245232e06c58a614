# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face on the face model's own mesh: animator-made quads with eyes, teeth, scalp, neck and ARKit's shapes.

The UV layout is the model's face chart, so every vertex of the model's face has its place on a captured surface. The
rest of the head follows: the model is fitted first, then a smooth deformation carries what the model does not explain.
Needs numpy and OpenCV only, because it runs in users' workers.
"""
