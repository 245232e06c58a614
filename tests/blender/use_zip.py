# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_zip.py: installs the zip, captures the photo, saves, removes the extension. Ends with a line of JSON."""

import json
import os
import sys
from pathlib import Path

import bpy

ZIP, PHOTO = (Path(argument) for argument in sys.argv[1:])
ID = "prnet_face_capture"

bpy.ops.extensions.package_install_files(filepath=str(ZIP), repo="user_default", enable_on_install=True)
bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}])
python = sys.modules[f"bl_ext.user_default.{ID}.blender_prnet.installation"].find_python()
heads = [thing.name for thing in bpy.data.objects if "prnet_source" in thing]

results = Path(os.environ["BLENDER_USER_RESOURCES"], "results")
results.mkdir()
bpy.ops.wm.save_as_mainfile(filepath=str(results / "portrait.blend"))
repositories = [repository.module for repository in bpy.context.preferences.extensions.repos]
bpy.ops.extensions.package_uninstall(repo_index=repositories.index("user_default"), pkg_id=ID)
print(json.dumps({"heads": heads, "python": python.origin, "packages": str(python.packages)}))
