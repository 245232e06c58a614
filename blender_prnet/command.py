# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command prnet_bake CLIP… --out FILE`: bake and export without a window."""

import argparse
from pathlib import Path

import bpy

from .installation import presets
from .presets import DEFAULTS

NAME = "prnet_bake"
FAILED, WRONG_USAGE = 1, 2

# Ending -> how the scene is written to such a file
EXPORTERS = {
    ".blend": lambda path: bpy.ops.wm.save_as_mainfile(filepath=path),
    ".fbx": lambda path: bpy.ops.export_scene.fbx(
        filepath=path, object_types={"MESH", "CAMERA"}, path_mode="COPY", embed_textures=True
    ),
    ".glb": lambda path: bpy.ops.export_scene.gltf(filepath=path, export_format="GLB", export_cameras=True),
    ".abc": lambda path: bpy.ops.wm.alembic_export(filepath=path),
    ".usd": lambda path: bpy.ops.wm.usd_export(filepath=path, export_animation=True, export_shapekeys=True),
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
    try:
        for clip in args.clips:
            clip = clip.absolute()
            bpy.ops.prnet.bake_file(directory=str(clip.parent), files=[{"name": clip.name}], preset=args.preset)
        EXPORTERS[args.out.suffix](str(args.out.absolute()))
    except RuntimeError as error:  # an operator's report; some Blenders come without some exporters
        print(f"error: {error}")
        return FAILED
    return 0


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
