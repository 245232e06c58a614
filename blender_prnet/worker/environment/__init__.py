# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment with PyTorch for the GPU: built, checked and removed by a process of its own.

`python -m blender_prnet.worker.environment` is that process; it imports no bpy. The environment is built under a
temporary name and renamed once it is complete and tested, so that an interrupted installation is never used.
"""
