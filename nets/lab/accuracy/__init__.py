# SPDX-License-Identifier: GPL-3.0-or-later
"""How good a model is, in a table that anyone can make again: `python -m nets check-accuracy`.

Each check is a function from a subject and its material to a Section of figures. Checks know engines, layouts and the
capture path, never a network's insides, so that any bundle on any engine is judged alike.
"""
