# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders of the panel Shape, which belong to a head's mesh."""

import bpy
from bpy.props import FloatProperty, FloatVectorProperty

from ..data.head_shape import COMPONENTS, MEASURES
from ..scene.head_shape import apply_sliders

LIMIT = 3.0  # standard deviations among people


def _changed(settings, _context):
    apply_sliders(settings.id_data)


def _slider(name: str, description: str):
    return FloatProperty(
        name=name, description=description, min=-LIMIT, max=LIMIT, step=10, precision=2, update=_changed
    )


class HeadShape(bpy.types.PropertyGroup):
    """How far a head was moved along each slider, in Mesh.prnet_shape; 0: as in the photo.

    `applied` is what the mesh shows, in the order of data.head_shape.slider_offsets.
    """

    face_width: _slider("Face Width", "Distance of the cheekbones")
    jaw_width: _slider("Jaw Width", "Distance of the jaw's angles")
    chin_length: _slider("Chin Length", "From the lower lip to the chin")
    nose_length: _slider("Nose Length", "From the root of the nose to its base")
    nose_width: _slider("Nose Width", "Distance of the nostrils' outer edges")
    nose_projection: _slider("Nose Projection", "How far the tip stands out of the face")
    brow_ridge: _slider("Brow Ridge", "How far the brows stand out above the eyes")
    mouth_width: _slider("Mouth Width", "Distance of the mouth's corners")
    lips: _slider("Lips", "Height of both lips")
    eye_size: _slider("Eye Size", "Length of the eyes' openings")
    eye_distance: _slider("Eye Distance", "Distance of the eyes from each other")
    components: FloatVectorProperty(
        name="Components",
        description="The strongest ways in which people's heads differ, in standard deviations",
        size=COMPONENTS,
        min=-LIMIT,
        max=LIMIT,
        step=10,
        precision=2,
        update=_changed,
    )
    applied: FloatVectorProperty(size=len(MEASURES) + COMPONENTS)
