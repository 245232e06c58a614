# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes prints of random people with random expressions: `python -m tests.blender.check_prints [COUNT]`.

Says of each whether it is a solid (watertight and manifold), how many handles it has, and how high it is. The exit code
is 1 if one of them is no solid or has another height than was asked for.
"""

import sys
import time
from collections.abc import Iterator

import bpy
import numpy as np

from blender_prnet.data.model_head import ModelHead
from blender_prnet.scene.model_head import build_model_head
from blender_prnet.scene.printing import PrintOptions, make_printable, print_arrays
from nets.interface.closed_surface import surface_facts
from nets.lab.synth.expressions import draw_expression
from nets.topology.own_head import load_own_head

HEIGHT, DETAIL = 80.0, 0.8  # millimetres
TALLER = 0.001  # of the height, that may be missing or too much


def random_heads(count: int) -> Iterator[np.ndarray]:
    """Yield heads (V, 3), canonical millimetres."""
    model, rng = load_own_head(), np.random.default_rng(0)
    for _ in range(count):
        people = np.tensordot(rng.standard_normal(len(model.identity)).astype(np.float32), model.identity, 1)
        weights, _ = draw_expression(rng, model.expression_names)
        yield model.neutral + people + np.tensordot(weights, model.expression, 1)


def head_object(vertices: np.ndarray) -> bpy.types.Object:
    """Return an object, in the scene, of a head (V, 3)."""
    model = load_own_head()
    head = ModelHead(
        topology="head",
        vertices=vertices.astype(np.float32),
        shapes=(),
        offsets=np.zeros((0, *vertices.shape), np.float32),
        values=np.zeros(0, np.float32),
        faces=model.faces,
        face_uv=model.face_uv,
        uv=model.uv,
        parts=model.part_names,
        part=model.part,
        textures={},
        distance=0.0,
    )
    thing = build_model_head("head", head)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def main(count: int = 100) -> int:
    """Make the prints and return the exit code."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    right, handles = 0, []
    for number, vertices in enumerate(random_heads(count)):
        head, start = head_object(vertices), time.process_time()
        solid = make_printable(bpy.context.scene, head, PrintOptions(HEIGHT, DETAIL))
        took = time.process_time() - start
        bpy.context.scene.collection.objects.link(solid)
        points, triangles = print_arrays(bpy.context.scene, solid)
        facts, height = surface_facts(points, triangles), float(np.ptp(points[:, 2]))
        handles.append(1 - facts.euler_number // 2)
        right += facts.is_solid and abs(height / HEIGHT - 1) < TALLER
        words = "solid" if facts.is_solid else f"NO SOLID, {facts.open_edges} edges are open"
        print(f"{number}: {words}, handles {handles[-1]}, {height:.3f} mm, {took:.1f} s of processor", flush=True)
        for thing in (head, solid):
            bpy.data.meshes.remove(thing.data)
    print(f"{right} of {count} are solids of {HEIGHT:g} mm; {np.count_nonzero(handles)} of them have handles")
    return int(right < count)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
