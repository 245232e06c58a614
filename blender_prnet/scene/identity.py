# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that were made before, as those who play a clip."""

import bpy

from ..data.performance import PerformanceError
from .blendshapes import takes_blendshapes
from .head import head_name
from .head_properties import PREFIX
from .model_head import is_whole_head


def can_play(thing: bpy.types.Object | None) -> bool:
    """Tell whether `thing` is a whole head with ARKit keys."""
    return is_whole_head(thing) and takes_blendshapes(thing)


def copy_identity(name: str, identity: str) -> bpy.types.Object:
    """Make a head of its own that looks as the one named `identity` does at rest. Not linked to a collection yet.

    Shape sliders, sculpting, materials and modifiers go along. Raises PerformanceError if the user has removed it.
    """
    model = bpy.data.objects.get(identity)
    if not can_play(model):
        raise PerformanceError(f"{identity}, which was to play the clip, is no whole head with ARKit keys any more")
    head = model.copy()
    head.data = model.data.copy()
    head.name = head.data.name = head_name(name)
    head.parent = None
    for datablock in (head, head.data.shape_keys):
        datablock.animation_data_clear()
    for block in head.data.shape_keys.key_blocks[1:]:
        block.value = 0.0
    stays = {f"{PREFIX}topology", f"{PREFIX}model"}
    for key in [key for key in head.keys() if key.startswith(PREFIX) and key not in stays]:  # noqa: SIM118
        del head[key]
    return head
