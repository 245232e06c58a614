# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of live capture."""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from ..data.gain import GROUPS
from ..data.presets import DEFAULTS
from ..scene.blendshapes import takes_blendshapes
from .capture import PRESET_TEXT, model_property


def strength_property(name: str):
    return FloatProperty(
        name=name, description="How strongly this group acts", default=1.0, min=0.0, max=5.0, soft_max=2.0
    )


def offset_property():
    return FloatProperty(
        name="Offset", description="What is added to this group at rest", default=0.0, min=-1.0, max=1.0
    )


class LiveSettings(bpy.types.PropertyGroup):
    """The settings of live capture, in Scene.prnet_live. with a strength and an offset for each of data.gain.GROUPS."""

    source: EnumProperty(
        name="Source",
        items=[
            ("camera", "Camera", "A camera of this computer. It is on only while Live runs"),
            ("clip", "Clip", "A movie that plays as a camera would"),
        ],
    )
    camera: IntProperty(name="Camera", description="The camera's number; List Cameras names them", min=0, max=63)
    clip: StringProperty(name="Clip", description="The movie that plays as a camera would", subtype="FILE_PATH")
    target: PointerProperty(
        name="Character",
        description="A mesh with shape keys that have the names of ARKit's blendshapes: a captured head, or any other",
        type=bpy.types.Object,
        poll=lambda _settings, thing: takes_blendshapes(thing),
    )
    head: PointerProperty(
        name="Head Rotation",
        description="The object that turns with the head: the head itself, or an armature with a bone for it",
        type=bpy.types.Object,
    )
    bone: StringProperty(name="Bone", description="The armature's bone that turns with the head")
    mirror: BoolProperty(
        name="Mirror", description="Move as a mirror shows it: your left eye is on the left", default=True
    )
    pictures: BoolProperty(
        name="Show the Picture",
        description="Put the camera's picture into the image Live Camera. It is removed when Live stops",
    )
    keep: StringProperty(
        name="Keep the Video",
        description=(
            "A movie to write of the camera's pictures while Live runs, so that a take can be baked again from it. "
            "Empty: no picture is kept"
        ),
        subtype="FILE_PATH",
    )
    countdown: FloatProperty(
        name="Countdown", description="Seconds between Record and the take", default=3.0, min=0.0, max=30.0
    )
    preset: StringProperty(name="Preset", description=PRESET_TEXT, default=DEFAULTS["live"])
    brows: strength_property("Brows")
    eyes: strength_property("Eyes")
    jaw: strength_property("Jaw")
    mouth: strength_property("Mouth")
    cheeks: strength_property("Cheeks")
    brows_offset: offset_property()
    eyes_offset: offset_property()
    jaw_offset: offset_property()
    mouth_offset: offset_property()
    cheeks_offset: offset_property()
    model: model_property()

    @property
    def gains(self) -> list[float]:
        """The strength of each of data.gain.GROUPS."""
        return [getattr(self, name) for name in GROUPS]

    @property
    def offsets(self) -> list[float]:
        """What is added to each of data.gain.GROUPS."""
        return [getattr(self, f"{name}_offset") for name in GROUPS]
