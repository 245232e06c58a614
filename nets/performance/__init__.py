# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clip to the performances of its people. Needs numpy and OpenCV only.

The files in the order of the data: nets.io.clip (frames in time), tracker (who is where, and what the network
predicts), cache (records on disk), fixes, fixing, refine, sighting and joining (what a user has corrected), person (one
shape, poses, basis and weights), smoothing, blendshape_solver, views and frame_textures, performance (the result and
its files). bake runs them all.
"""
