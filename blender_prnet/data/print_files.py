# SPDX-License-Identifier: GPL-3.0-or-later
"""Files for slicers: binary STL, and 3MF (3MF Consortium, "3D Manufacturing Format Core Specification", 1.3).

Both take points (V, 3) in millimetres, z up, and triangles (T, 3), counter-clockwise seen from outside.
"""

import io
import zipfile
from xml.sax.saxutils import quoteattr

import numpy as np

CORE = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n'
CONTENT_TYPES = (
    f'{HEADER}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
MODEL = "3D/3dmodel.model"
RELATIONSHIPS = (
    f'{HEADER}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Target="/{MODEL}" Id="model" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)


def encode_stl(_name: str, points: np.ndarray, triangles: np.ndarray) -> bytes:
    """Return a binary STL file, which holds neither name nor unit: slicers take millimetres."""
    corners = points[triangles].astype("<f4")
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    rows = np.zeros(len(triangles), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    rows["normal"] = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-30)
    rows["corners"] = corners
    return bytes(80) + np.uint32(len(triangles)).astype("<u4").tobytes() + rows.tobytes()


def encode_3mf(name: str, points: np.ndarray, triangles: np.ndarray) -> bytes:
    """Return a 3MF file with one object of this name."""
    vertices = _rows('<vertex x="%.9g" y="%.9g" z="%.9g"/>', points)  # nothing of float32 is lost
    faces = _rows('<triangle v1="%d" v2="%d" v3="%d"/>', triangles)
    model = (
        f'{HEADER}<model unit="millimeter" xmlns="{CORE}"><resources><object id="1" type="model" '
        f"name={quoteattr(name)}><mesh><vertices>{vertices}</vertices><triangles>{faces}</triangles></mesh></object>"
        '</resources><build><item objectid="1"/></build></model>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for path, text in (("[Content_Types].xml", CONTENT_TYPES), ("_rels/.rels", RELATIONSHIPS), (MODEL, model)):
            package.writestr(path, text)
    return packed.getvalue()


def _rows(template: str, values: np.ndarray) -> str:
    return (template * len(values)) % tuple(values.ravel().tolist())


# Ending of the file -> what makes it. To add a format, write such a function.
PRINT_FORMATS = {".stl": encode_stl, ".3mf": encode_3mf}
