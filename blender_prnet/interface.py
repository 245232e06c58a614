# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's interface package (nets/interface) under one name for Blender's side.

In Blender both packages belong to the extension's package; in the repository, for tests and for the installer's
process, they are top-level packages. Only this file knows the difference.
"""

from importlib import import_module

_PARENT = __package__.rpartition(".")[0]


def _load(name: str):
    return import_module(f"{_PARENT}.nets.interface.{name}".lstrip("."))


_orientation = _load("orientation")

landmarks68 = _load("landmarks68")
live_link = _load("live_link")
protocol = _load("protocol")
Orientation, UPRIGHT = _orientation.Orientation, _orientation.UPRIGHT
read_orientation = _orientation.read_orientation
printable = _load("text").printable
