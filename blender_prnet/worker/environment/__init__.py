# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment with PyTorch for the GPU: built, checked and removed by a process of its own.

`python -m blender_prnet.worker.environment` is that process. Knows no bpy. The environment is built under another name
and renamed when it is whole and has been tried, so that one that was interrupted is never taken for it.
"""
