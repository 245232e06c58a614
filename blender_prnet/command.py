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

_USD = (bpy.ops.wm.usd_export, {"export_animation": True, "export_shapekeys": True})

# Ending of a file -> the operator that writes the scene to it, and the operator's options
EXPORTERS = {
    ".blend": (bpy.ops.wm.save_as_mainfile, {"compress": True}),
    ".fbx": (
        bpy.ops.export_scene.fbx,
        {"object_types": {"MESH", "CAMERA"}, "path_mode": "COPY", "embed_textures": True},
    ),
    ".glb": (bpy.ops.export_scene.gltf, {"export_format": "GLB", "export_cameras": True}),
    ".gltf": (bpy.ops.export_scene.gltf, {"export_format": "GLTF_SEPARATE", "export_cameras": True}),
    ".abc": (bpy.ops.wm.alembic_export, {}),
    ".usd": _USD,
    ".usda": _USD,
    ".usdc": _USD,
}


def run(arguments: list[str]) -> int:
    """Bake all clips, write the scene, and return the exit code.

    0: every clip was baked; 1: a clip could not be baked, though the file holds the others, or nothing was written;
    2: wrong usage.
    """
    args = parse(arguments)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True, load_ui=False)
    ending = args.out.suffix.lower()
    if not can_write(ending):
        others = ", ".join(filter(can_write, EXPORTERS))
        print(f"error: {args.out}: this Blender is built without what writes {ending} files. Choose {others}")
        return FAILED
    baked = [bake(clip.absolute(), args.preset) for clip in args.clips]
    if not any(baked):
        return FAILED
    play_only_the_heads(bpy.context.scene)
    try:
        write(args.out)
    except RuntimeError as error:  # an operator's report
        print(f"error: {args.out}: {error}")
        return FAILED
    return 0 if all(baked) else FAILED


def parse(arguments: list[str]) -> argparse.Namespace:
    """Return the command's arguments. Ends the program with WRONG_USAGE if they are wrong."""
    parser = argparse.ArgumentParser(f"blender --command {NAME}", description="Bake the performances in clips.")
    parser.add_argument("clips", nargs="+", type=Path, metavar="CLIP", help="a movie, or an image of a sequence")
    parser.add_argument("--out", required=True, type=Path, help=f"file to write, ending in {', '.join(EXPORTERS)}")
    parser.add_argument("--preset", choices=presets("video"), default=DEFAULTS["video"])
    args = parser.parse_args(arguments)
    if args.out.suffix.lower() not in EXPORTERS:
        parser.error(f"{args.out} ends in none of {', '.join(EXPORTERS)}")
    return args


def bake(clip: Path, preset: str) -> bool:
    """Bake one clip into the scene. Prints what went wrong if that fails, so that the other clips are still baked."""
    try:
        result = bpy.ops.prnet.bake_file(directory=str(clip.parent), files=[{"name": clip.name}], preset=preset)
    except RuntimeError as error:  # an operator's report
        print(f"error: {clip}: {error}")
        return False
    return "FINISHED" in result


def can_write(ending: str) -> bool:
    """Tell whether this Blender is built with the exporter for files of this ending."""
    operator, _ = EXPORTERS[ending]
    try:
        operator.get_rna_type()
    except KeyError:
        return False
    return True


def play_only_the_heads(scene: bpy.types.Scene) -> None:
    """Set the scene's frame range to that of its performances."""
    ranges = [frame_range(thing) for thing in scene.objects if kind_of(thing) is HeadKind.PERFORMANCE]
    scene.frame_start, scene.frame_end = min(first for first, _ in ranges), max(last for _, last in ranges)


def write(path: Path) -> None:
    """Write the scene to `path`. Raises RuntimeError with the exporter's report."""
    operator, options = EXPORTERS[path.suffix.lower()]
    operator(filepath=str(path.absolute()), **options)


def register():
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, run)


def unregister():
    bpy.utils.unregister_cli_command(_handle)
