# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the animation of shape keys from acting, or from being saved with the file."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from .key_names import arkit_blocks
from .shape_keys import value_path


def why_not_kept(thing: bpy.types.Object) -> str:
    """Return why an object's keys cannot be animated so that it lasts, and what helps; "" if they can."""
    if thing.type != "MESH" or thing.data.library is None:
        return ""
    if thing.override_library:
        return (
            "its mesh is linked, only the object is overridden, so what is animated would be lost when the file is "
            "closed. Make a library override of the mesh and its shape keys too, or make them local"
        )
    return (
        "it is linked from another file, so what is animated would be lost when this file is closed. Make a library "
        "override of it, or make it local (Object, Relations, Make Local)"
    )


def doubts_about(thing: bpy.types.Object) -> list[str]:
    """Return, in the user's language, what of an object's animation does not show as it is."""
    blocks = list({block.name: block for same in arkit_blocks(thing).values() for block in same}.values())
    if not blocks:
        return []
    datablock, doubts = thing.data.shape_keys, []
    drivers = datablock.animation_data.drivers if datablock.animation_data else ()
    driven = {driver.data_path for driver in drivers if not driver.mute}
    paths = {block.name: value_path(block, len(datablock.key_blocks)) for block in blocks}
    quoted = {block.name: f'key_blocks["{bpy.utils.escape_identifier(block.name)}"].value' for block in blocks}
    held = [name for name in paths if driven & {paths[name], quoted[name]}]
    if held:
        text = rpt_("drivers move {} of its keys ({}), not this animation. Delete these drivers")
        doubts.append(text.format(len(held), ", ".join(held[:3])))
    cut = [block.name for block in blocks if block.slider_max < 1 or block.slider_min > 0]
    if cut:
        text = rpt_(
            "the sliders of {} of its keys ({}) end before 1, which cuts their values. Set their Range Max to 1"
        )
        doubts.append(text.format(len(cut), ", ".join(cut[:3])))
    still = [block.name for block in blocks if block.mute]
    if still:
        text = rpt_("{} of its keys ({}) are muted. Tick them in the list of shape keys")
        doubts.append(text.format(len(still), ", ".join(still[:3])))
    if thing.data.users > 1:
        doubts.append(
            rpt_("other objects have the same mesh, and move as well. Make it a single user where they should not")
        )
    return doubts
