# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings with which a head takes parts of another one's texture, or its face."""

import bpy
from bpy.props import EnumProperty, PointerProperty

from ..scene.head_properties import HeadKind, kind_of


class PartsSettings(bpy.types.PropertyGroup):
    """What Take Part From and Swap Face take, in Scene.prnet_parts."""

    source: PointerProperty(
        name="Take From",
        description="The captured head whose texture the parts come from",
        type=bpy.types.Object,
        poll=lambda _settings, thing: kind_of(thing) is not None,
    )
    face: PointerProperty(
        name="Face Of",
        description="The head of a photo whose face the active head's photo or clip gets",
        type=bpy.types.Object,
        poll=lambda _settings, thing: kind_of(thing) is HeadKind.PHOTO,
    )
    parts: EnumProperty(
        name="Parts",
        description="The parts of the face. Shift selects several",
        items=[
            ("eyes", "Eyes", "Eyes and lids"),
            ("brows", "Brows", "The brows and the skin they grow on"),
            ("nose", "Nose", "From its root to its base"),
            ("lips", "Lips", "Both lips and what is between them"),
            ("cheeks", "Cheeks", "Both cheeks"),
            ("beard", "Beard Area", "Jaw, chin and upper lip, where a beard grows"),
            ("forehead", "Forehead", "Above the brows"),
        ],
        options={"ENUM_FLAG"},
        default={"eyes"},
    )
