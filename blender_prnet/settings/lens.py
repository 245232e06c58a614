# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the lens that photos or clips were taken with."""

import math

import bpy
from bpy.props import EnumProperty, FloatProperty


class LensSettings(bpy.types.PropertyGroup):
    """The lens, in Scene.prnet.lens and Scene.prnet_bake.lens. scene/lens.py turns it into what the worker takes."""

    kind: EnumProperty(
        name="Lens",
        description=(
            "The lens that the photos were taken with. It decides how far the camera was from the face, and how much "
            "larger the nose was seen than the ears"
        ),
        items=[
            ("auto", "Automatic", "What the photo's file tells; otherwise estimated from the face"),
            ("film", "35 mm Equivalent", "The focal length that gives the same view on 35 mm film"),
            ("sensor", "Focal Length", "The focal length and the width of the sensor, as Blender's cameras have them"),
            ("field", "Field of View", "The angle that the photo's longer side shows"),
            ("orthographic", "Orthographic", "No perspective: an orthographic camera, and the shape as it is seen"),
        ],
        default="auto",
    )
    film: FloatProperty(
        name="35 mm Equivalent",
        description="On 35 mm film, in millimetres. Phones have about 26, their front cameras about 24",
        default=50,
        min=8,
        max=2000,
        precision=1,
    )
    length: FloatProperty(name="Focal Length", description="In millimetres", default=50, min=1, max=2000, precision=2)
    sensor: FloatProperty(
        name="Sensor", description="The longer side of the sensor in millimetres", default=36, min=1, max=100
    )
    field: FloatProperty(
        name="Field of View",
        description="The angle that the photo's longer side shows",
        default=math.radians(40),
        min=math.radians(1),
        max=math.radians(160),
        subtype="ANGLE",
    )
