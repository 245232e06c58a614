# SPDX-License-Identifier: GPL-3.0-or-later
"""The accuracy of a model in reproducible tables: `python -m nets check-accuracy` and `check-clips`.

Each check is a function from an evaluated model and its material to a Section of figures. Checks use engines, layouts
and the capture path, never the inside of a network, so that every bundle on every engine is measured in the same way.
"""
