# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command prnet_bake CLIP… --out FILE`: bake and export without a window."""

import argparse
from pathlib import Path

import bpy

from .data.presets import DEFAULTS
from .installation import presets
from .scene.bake import frame_range
from .scene.head_properties import HeadKind, kind_of

NAME = "prnet_bake"
FAILED, WRONG_USAGE = 1, 2

# Ending -> the operator that writes the scene to such a file, and its options
EXPORTERS = {
    ".blend": (bpy.ops.wm.save_as_mainfile, {"compress": True}),
    ".fbx": (
        bpy.ops.export_scene.fbx,
        {"object_types": {"MESH", "CAMERA"}, "path_mode": "COPY", "embed_textures": True},
    ),
    ".glb": (bpy.ops.export_scene.gltf, {"export_format": "GLB", "export_cameras": True}),
    ".abc": (bpy.ops.wm.alembic_export, {}),
    ".usd": (bpy.ops.wm.usd_export, {"export_animation": True, "export_shapekeys": True}),
}


def run(arguments: list[str]) -> int:
    """The command's exit code: 0 done, 1 nothing was baked or written, 2 wrong usage."""
    parser = argparse.ArgumentParser(f"blender --command {NAME}", description="Bake the performances in clips.")
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="a movie, or an image of a sequence")
    parser.add_argument("--out", required=True, type=Path, help=f"file to write, ending in {', '.join(EXPORTERS)}")
    parser.add_argument("--preset", choices=presets("video"), default=DEFAULTS["video"])
    args = parser.parse_args(arguments)
    if args.out.suffix not in EXPORTERS:
        parser.error(f"{args.out} ends in none of {', '.join(EXPORTERS)}")
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, load_ui=False)
    if not can_write(args.out.suffix):
        others = ", ".join(filter(can_write, EXPORTERS))
        print(f"error: {args.out}: this Blender is built without what writes {args.out.suffix} files. Choose {others}")
        return FAILED
    try:
        for clip in args.clips:
            clip = clip.absolute()
            bpy.ops.prnet.bake_file(directory=str(clip.parent), files=[{"name": clip.name}], preset=args.preset)
        play_only_the_heads(bpy.context.scene)
        write(args.out)
    except RuntimeError as error:  # an operator's report
        print(f"error: {error}")
        return FAILED
    return 0


def can_write(ending: str) -> bool:
    operator, _ = EXPORTERS[ending]
    try:
        operator.get_rna_type()
    except KeyError:
        return False
    return True


def play_only_the_heads(scene: bpy.types.Scene) -> None:
    """Let the scene last as long as its performances."""
    ranges = [frame_range(thing) for thing in scene.objects if kind_of(thing) is HeadKind.PERFORMANCE]
    scene.frame_start, scene.frame_end = min(first for first, _ in ranges), max(last for _, last in ranges)


def write(path: Path) -> None:
    operator, options = EXPORTERS[path.suffix]
    operator(filepath=str(path.absolute()), **options)


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
