# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's interface package (nets/interface) under one name for Blender's side.

In Blender both packages belong to the extension's package; in the repository, for tests and for the installer's
process, they are top-level packages. Only this file knows the difference.
"""

from importlib import import_module

_PARENT = __package__.rpartition(".")[0]


def _load(name: str):
    return import_module(f"{_PARENT}.nets.interface.{name}".lstrip("."))


_folder_listing, _orientation, _statuses = _load("folder_listing"), _load("orientation"), _load("statuses")
_closed_surface = _load("closed_surface")

landmarks68 = _load("landmarks68")
live_link = _load("live_link")
surface_points = _load("surface_points")
protocol = _load("protocol")
Status = _statuses.Status
Orientation, UPRIGHT = _orientation.Orientation, _orientation.UPRIGHT
read_orientation = _orientation.read_orientation
NPZ_DAMAGE = _load("npz_damage").NPZ_DAMAGE
movie_mirror = _load("movie_boxes").movie_mirror
has_uneven_frames = _load("uneven_frames").has_uneven_frames
Listed, walk_folder = _folder_listing.Listed, _folder_listing.walk_folder
at_even_rate = _load("even_rate").at_even_rate
lock_file = _load("file_lock").lock_file
printable = _load("text").printable
perspective = _load("perspective")
_file_kinds = _load("file_kinds")
suffix_of, PHOTO_SUFFIXES = _file_kinds.suffix_of, _file_kinds.PHOTO_SUFFIXES
BLENDER_PHOTO_SUFFIXES = _file_kinds.BLENDER_PHOTO_SUFFIXES
close_head, compacted = _closed_surface.close_head, _closed_surface.compacted
largest_surface, surface_facts = _closed_surface.largest_surface, _closed_surface.surface_facts
without_short_edges = _closed_surface.without_short_edges
